// Dead letters: what was given up, by cause, with what to do about it and the way to try again.

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { replayGroup } from "../actions";
import { api, type DeadLetterGroup, type DeadLetters } from "../api/client";
import { icon } from "../components/icons";
import { asker, empty, errorClass, shown, taskTitle, when } from "../components/parts";
import { relative } from "../format";
import { t, tn, translated, typeName } from "../i18n";
import { Page } from "../page";
import { Resource } from "../resource";
import { href, navigate } from "../router";
import { session } from "../session";

@customElement("sincro-dead-letters")
export class DeadLettersPage extends Page {
  #settled: boolean | null = null;
  #letters = new Resource<DeadLetters>(
    this,
    (signal) => api.get("api/dead-letters", { namespace: session.scope, settled: this.#wantsSettled() }, signal),
    ["synctasks"],
  );

  #wantsSettled(): boolean {
    return this.route.query.get("settled") === "true";
  }

  override willUpdate(): void {
    const settled = this.#wantsSettled();
    if (settled === this.#settled) return;
    const first = this.#settled === null;
    this.#settled = settled;
    if (!first) void this.#letters.reload();
  }

  protected override render(): TemplateResult {
    return html`<div class="page-head">
        <h1>${t("dead.title")}</h1>
        <label class="check">
          <input
            type="checkbox"
            .checked=${this.#wantsSettled()}
            @change=${(event: Event) =>
              navigate(href("dead-letters", (event.target as HTMLInputElement).checked ? { settled: "true" } : {}), { replace: true })}
          />${t("dead.settled")}
        </label>
      </div>
      ${shown(this.#letters, (letters) =>
        letters.groups.length
          ? html`<div class="stack">${letters.groups.map((group) => this.#group(group))}</div>`
          : html`<div class="card">${empty("check", t("dead.empty"), t("dead.empty.text"))}</div>`,
      )}`;
  }

  #group(group: DeadLetterGroup): TemplateResult {
    const advice = translated("why", `Advice${group.error.class}`) ?? group.advice;
    const may = group.tasks.some((task) => session.may("sync", task.namespace));
    return html`<section class="card" aria-label="${errorClass(group.error.class)}: ${group.error.message}">
      <div class="card-head">
        <h2 class="row">
          ${errorClass(group.error.class)}
          ${group.open
            ? html`<span class="badge bad">${tn("dead.open", group.open)}</span>`
            : html`<span class="badge good">${icon("check")}${t("dead.settledGroup")}</span>`}
        </h2>
        ${group.open
          ? html`<button
              class="button primary"
              ?disabled=${!may}
              title=${may ? nothing : t("common.noRight")}
              @click=${() => void replayGroup(group).then((done) => void (done && this.#letters.reload()))}
            >
              ${icon("again")}${t("dead.replay")}
            </button>`
          : nothing}
      </div>
      <div class="card-body stack">
        <p class="break">${group.error.message}</p>
        ${advice && group.open ? html`<div class="notice warn">${icon("info")}<p>${advice}</p></div>` : nothing}
        <div class="facts">
          <span>${tn("dead.count", group.count)}</span>
          <span>${group.types.map((type) => typeName(type)).join(", ")} · ${group.sources.join(", ")}</span>
          <span>${t("dead.first", { when: relative(group.first) })}, ${t("dead.last", { when: relative(group.last) })}</span>
          <span>${t("dead.fingerprint")} <span class="mono">${group.group}</span></span>
          ${group.error.code ? html`<span class="tag mono">${group.error.code}</span>` : nothing}
        </div>
      </div>
      <details class="more">
        <summary>${t("dead.tasks")}</summary>
        <ul class="list">
          ${group.tasks.map(
            (task) => html`<li>
              <div class="item">
                ${taskTitle(task, session.manyNamespaces)}
                <span class="end facts">${asker(task)}<span>${when(task.completedAt)}</span></span>
              </div>
            </li>`,
          )}
        </ul>
      </details>
    </section>`;
  }
}
