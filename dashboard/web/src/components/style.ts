// Styles that follow data, set on the element itself: the server's content policy allows no style attributes.

import { Directive, directive, PartType, type ElementPart, type PartInfo } from "lit/directive.js";

class Style extends Directive {
  constructor(info: PartInfo) {
    super(info);
    if (info.type !== PartType.ELEMENT) throw new Error("style() stands in an element's tag");
  }

  override render(_styles: Partial<CSSStyleDeclaration>): void {}

  override update(part: ElementPart, [styles]: [Partial<CSSStyleDeclaration>]): void {
    Object.assign((part.element as HTMLElement).style, styles);
  }
}

export const style = directive(Style);
