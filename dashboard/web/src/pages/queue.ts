// The queue: whose sessions are taken, what runs, what waits and why, what comes back after a failure.

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { cancelTask } from "../actions";
import { api, type Queue, type Task } from "../api/client";
import { icon } from "../components/icons";
import { asker, empty, errorClass, progressBar, progressWords, shown, stateBadge, taskTitle, when, waits } from "../components/parts";
import { duration, exact, relative } from "../format";
import { t, tn, translated } from "../i18n";
import { Page } from "../page";
import { Resource } from "../resource";
import { session } from "../session";
import { settings } from "../settings";

@customElement("sincro-queue")
export class QueuePage extends Page {
  #queue = new Resource<Queue>(this, (signal) => api.get("api/queue", { namespace: session.scope }, signal), [
    "synctasks",
    "syncsources",
  ]);

  protected override render(): TemplateResult {
    const depth = this.#queue.data?.depth ?? 0;
    return html`<div class="page-head">
        <h1>${t("queue.title")}</h1>
        ${depth ? html`<span class="badge">${tn("queue.depth", depth)}</span>` : nothing}
      </div>
      ${shown(this.#queue, (queue) => this.#content(queue))}`;
  }

  #content(queue: Queue): TemplateResult {
    const nothingThere = !queue.running.length && !queue.queued.length && !queue.retrying.length;
    return html`${this.#slots(queue)}
    ${nothingThere ? html`<div class="card">${empty("queue", t("queue.empty"), t("queue.empty.text"))}</div>` : nothing}
    ${this.#list("queue.running", queue.running, (task) => this.#running(task))}
    ${this.#list("queue.queued", queue.queued, (task) => this.#queued(task))}
    ${this.#list("queue.retrying", queue.retrying, (task) => this.#retrying(task))}`;
  }

  #slots(queue: Queue): TemplateResult | typeof nothing {
    if (!queue.slots.length) return nothing;
    return html`<section class="section" aria-labelledby="slots">
      <h2 id="slots">${t("queue.slots")}</h2>
      <div class="slots">
        ${queue.slots.map(
          (slot) => html`<div class="card slot">
            <span class="title">${session.manyNamespaces ? `${slot.namespace} / ` : ""}${slot.source}</span>
            <span class="pips" aria-hidden="true">
              ${Array.from({ length: Math.min(slot.allowed, 12) }, (_, index) => html`<i class=${index < slot.used ? "used" : ""}></i>`)}
            </span>
            <span class="muted small">${t("queue.slots.of", { used: slot.used, allowed: slot.allowed })}</span>
          </div>`,
        )}
      </div>
    </section>`;
  }

  #list(title: "queue.running" | "queue.queued" | "queue.retrying", tasks: Task[], row: (task: Task) => TemplateResult) {
    if (!tasks.length) return nothing;
    return html`<section class="section" aria-label=${t(title)}>
      <h2>${t(title)}</h2>
      <div class="card"><ul class="list">${tasks.map(row)}</ul></div>
    </section>`;
  }

  #running(task: Task): TemplateResult {
    return html`<li>
      <div class="item">
        ${stateBadge(task)} ${taskTitle(task, session.manyNamespaces)}
        <span class="end">
          <span class="facts"><span>${progressWords(task)}</span>${asker(task)}
            <span>${task.startedAt ? duration(Math.max(0, settings.now - Date.parse(task.startedAt))) : ""}</span></span>
          ${this.#cancel(task)}
        </span>
      </div>
      ${progressBar(task)}
    </li>`;
  }

  #queued(task: Task): TemplateResult {
    const waiting = task.waitingFor;
    const estimate = task.estimatedStart;
    return html`<li>
      <div class="item">
        <span class="place" title=${task.queuePosition ? t("queue.position", { n: task.queuePosition }) : nothing}>
          ${task.queuePosition ?? "–"}
        </span>
        ${taskTitle(task, session.manyNamespaces)}
        <span class="end">
          <span class="facts">
            ${asker(task)}
            ${estimate
              ? html`<time datetime=${estimate} title=${exact(estimate)}>
                  ${Date.parse(estimate) <= settings.now ? t("queue.estimate.now") : t("queue.estimate", { when: relative(estimate) })}
                </time>`
              : nothing}
          </span>
          ${this.#cancel(task)}
        </span>
      </div>
      ${waiting
        ? html`<p class="facts">
            <span class="tag strong">${translated("reason", waiting.reason) ?? waiting.reason}</span>
            <span class="break">${waits(waiting.reason, waiting.values ?? {}, waiting.message)}</span>
            <span class="nowrap">${t("queue.since", { duration: duration(Math.max(0, settings.now - Date.parse(waiting.since))) })}</span>
          </p>`
        : nothing}
    </li>`;
  }

  #retrying(task: Task): TemplateResult {
    return html`<li>
      <div class="item">
        ${stateBadge(task)} ${taskTitle(task, session.manyNamespaces)}
        <span class="end">
          <span class="facts">
            ${task.nextAttemptAt
              ? html`<time datetime=${task.nextAttemptAt} title=${exact(task.nextAttemptAt)}>
                  ${t(Date.parse(task.nextAttemptAt) <= settings.now ? "queue.nextAttempt.now" : "queue.nextAttempt", {
                    n: task.attempt + 1,
                    of: task.maxAttempts,
                    when: relative(task.nextAttemptAt),
                  })}
                </time>`
              : when(task.createdAt)}
          </span>
          ${this.#cancel(task)}
        </span>
      </div>
      ${task.error
        ? html`<p class="facts"><span class="tag strong">${errorClass(task.error.class)}</span><span class="break">${task.error.message}</span></p>`
        : nothing}
    </li>`;
  }

  #cancel(task: Task): TemplateResult | typeof nothing {
    if (task.cancelling) return nothing;
    const may = session.may("cancel", task.namespace);
    return html`<button
      class="button quiet small"
      ?disabled=${!may}
      title=${may ? nothing : t("common.noRight")}
      aria-label="${t("task.cancel")}: ${task.id}"
      @click=${() => void cancelTask(task).then((done) => void (done && this.#queue.reload()))}
    >
      ${icon("cross")}${t("task.cancel")}
    </button>`;
  }
}
