// Dialogs: each asks, and answers with what was chosen or with nothing. The browser's own <dialog> keeps the focus.

import { html, nothing, render, type TemplateResult } from "lit";
import { t } from "../i18n";

/** Show a form in a dialog; the answer is its data, or null when it was left. */
export function ask(
  title: string,
  body: TemplateResult | typeof nothing,
  submit: { text: string; danger?: boolean },
): Promise<FormData | null> {
  return new Promise((resolve) => {
    const dialog = document.createElement("dialog");
    const opener = document.activeElement;
    dialog.setAttribute("aria-labelledby", "dialog-title");
    const done = (answer: FormData | null): void => {
      dialog.close();
      dialog.remove();
      if (opener instanceof HTMLElement) opener.focus();
      resolve(answer);
    };
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      done(null);
    });
    // A click beside it leaves it. The second half of a double click, or the end of a stroke that began inside, does not.
    let beside = false;
    dialog.addEventListener("pointerdown", (event) => {
      beside = event.target === dialog;
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog && beside && event.detail < 2) done(null);
    });
    render(
      html`<form
        method="dialog"
        @submit=${(event: SubmitEvent) => {
          event.preventDefault();
          done(new FormData(event.target as HTMLFormElement));
        }}
      >
        <h2 id="dialog-title">${title}</h2>
        ${body}
        <div class="dialog-foot">
          <button type="button" class="button" @click=${() => done(null)}>${t("common.cancel")}</button>
          <button type="submit" class="button primary ${submit.danger ? "danger" : ""}">${submit.text}</button>
        </div>
      </form>`,
      dialog,
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** Ask for a reason; "" when none was given, null when the dialog was left. */
export async function askReason(title: string, text: string, submit: string): Promise<string | null> {
  const answer = await ask(
    title,
    html`<p class="muted">${text}</p>
      <label class="field">
        ${t("sources.pause.reason")}
        <textarea name="reason" maxlength="1024" autofocus></textarea>
        <span class="hint">${t("sources.pause.reason.hint")}</span>
      </label>`,
    { text: submit },
  );
  return answer === null ? null : String(answer.get("reason") ?? "").trim();
}
