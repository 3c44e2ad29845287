// What every page is: plain markup under one sheet, following the choices of whoever looks.

import { LitElement } from "lit";
import { property } from "lit/decorators.js";
import type { Route } from "./router";
import { FollowSettings } from "./settings";

export abstract class Page extends LitElement {
  @property({ attribute: false }) route!: Route;

  constructor() {
    super();
    new FollowSettings(this);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }
}
