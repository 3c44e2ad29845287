// Short words about what has just been done, with the way to what came of it.

import { LitElement, html, nothing } from "lit";
import { customElement } from "lit/decorators.js";
import { Problem } from "../api/client";
import { t } from "../i18n";
import { icon } from "./icons";
import { problemWords } from "./parts";

interface Toast {
  tone: "good" | "bad";
  text: string;
  link?: { href: string; text: string };
}

const shown: Toast[] = [];
let host: Toasts | undefined;

export function toast(tone: Toast["tone"], text: string, link?: Toast["link"]): void {
  const entry = { tone, text, link };
  shown.push(entry);
  host?.requestUpdate();
  setTimeout(() => dismiss(entry), tone === "bad" ? 12_000 : 7_000);
}

export function toastProblem(error: unknown): void {
  if (error instanceof Problem) {
    const [title, text] = problemWords(error);
    toast("bad", text || title);
  } else toast("bad", String(error));
}

function dismiss(entry: Toast): void {
  const index = shown.indexOf(entry);
  if (index >= 0) shown.splice(index, 1);
  host?.requestUpdate();
}

@customElement("sincro-toasts")
export class Toasts extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    host = this;
  }

  protected override render() {
    return html`<div class="toasts" role="status" aria-live="polite">
      ${shown.map(
        (entry) => html`<div class="toast ${entry.tone}">
          ${icon(entry.tone === "good" ? "check" : "bang")}
          <div class="break">${entry.text} ${entry.link ? html`<a href=${entry.link.href}>${entry.link.text}</a>` : nothing}</div>
          <button class="button quiet small icon-only" aria-label=${t("common.close")} @click=${() => dismiss(entry)}>
            ${icon("cross")}
          </button>
        </div>`,
      )}
    </div>`;
  }
}
