// One task: where it stands and why, its attempts, what it changed, what went wrong, and the evidence of it.

import { html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";

import { cancelTask, retryTask, syncNow } from "../actions";
import { api, Problem, type Evidence, type TaskDetail } from "../api/client";
import { icon, type Icon } from "../components/icons";
import { asker, errorClass, progressBar, progressOf, progressWords, sentence, shown, stateBadge, stateTone, when } from "../components/parts";
import { style } from "../components/style";
import { bytes, duration, exact, interval, number } from "../format";
import { t, tn, translated, typeName } from "../i18n";
import { Page } from "../page";
import { Resource } from "../resource";
import { href, taskHref } from "../router";
import { session } from "../session";
import { settings } from "../settings";

const PHASES = ["launch", "login", "read", "check", "load"];

@customElement("sincro-task")
export class TaskPage extends Page {
  #key = "";
  #task: Resource<TaskDetail> | null = null;
  @state() private evidence: Evidence[] | Problem | null = null;
  @state() private log: string | Problem | null = null;
  #evidenceOf = "";
  #logAbort: AbortController | null = null;

  override willUpdate(): void {
    const { namespace, id } = this.route.params as { namespace: string; id: string };
    if (this.#key === `${namespace}/${id}`) return;
    this.#key = `${namespace}/${id}`;
    if (this.#task) this.removeController(this.#task);
    this.#task?.hostDisconnected();
    this.evidence = this.log = null;
    this.#evidenceOf = "";
    this.#logAbort?.abort();
    this.#task = new Resource<TaskDetail>(this, (signal) => api.get(`api/tasks/${encodeURIComponent(id)}`, { namespace }, signal), ["synctasks"]);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#logAbort?.abort();
  }

  protected override render(): TemplateResult {
    const task = this.#task?.data;
    const title = task ? t("task.title", { type: typeName(task.type), source: task.source }) : this.route.params.id;
    return html`<div class="page-head">
        <div class="stack tight">
          <h1 class="break">${title}</h1>
          ${task
            ? html`<div class="row">
                ${stateBadge(task)}
                <span class="tag strong">${t(`mode.${task.mode}`)}</span>
                <span class="muted facts">${asker(task)}<span>${when(task.createdAt)}</span>
                  <span class="mono break">${task.id}</span></span>
              </div>`
            : nothing}
        </div>
        ${task ? html`<div class="row">${this.#buttons(task)}</div>` : nothing}
      </div>
      ${this.#task ? shown(this.#task, (data) => this.#content(data)) : nothing}`;
  }

  #buttons(task: TaskDetail): TemplateResult {
    const over = !["Queued", "Running", "Retrying"].includes(task.state);
    const may = session.may(over ? "sync" : "cancel", task.namespace);
    const hint = may ? nothing : t("common.noRight");
    if (!over) {
      return html`<button class="button danger" ?disabled=${!may || task.cancelling} title=${hint}
        @click=${() => void cancelTask(task).then((done) => void (done && this.#task?.reload()))}>
        ${icon("cross")}${t("task.cancel")}
      </button>`;
    }
    if ((task.state === "DeadLettered" || task.state === "Cancelled") && !task.archived) {
      return html`<button class="button primary" ?disabled=${!may} title=${hint} @click=${() => void retryTask(task)}>
        ${icon("again")}${t("task.retry")}
      </button>`;
    }
    return html`<button class="button" ?disabled=${!may} title=${hint}
      @click=${() => void syncNow(task.namespace, task.source, task.type)}>
      ${icon("sync")}${t("task.again")}
    </button>`;
  }

  #content(task: TaskDetail): TemplateResult {
    // Each attempt that fails leaves its own.
    const failure = task.error ? `${this.#key} ${task.attempt} ${task.state}` : "";
    if (failure && this.#evidenceOf !== failure) {
      this.#evidenceOf = failure;
      void this.#loadEvidence(task, failure);
    }
    return html`
      ${task.state === "Running"
        ? html`<div class="card section"><div class="card-body stack tight">
            <div class="row between"><strong>${progressWords(task) || t("state.Running")}</strong>
              <span class="muted">${this.#percentage(task)}</span></div>
            ${progressBar(task)}
          </div></div>`
        : nothing}
      <div class="two wide-left">
        <div class="stack">
          ${this.#why(task)} ${this.#error(task)} ${this.#result(task)} ${this.#evidence(task)} ${this.#log(task)}
        </div>
        <div class="stack">${this.#timeline(task)} ${this.#details(task)}</div>
      </div>
    `;
  }

  #percentage(task: TaskDetail): string {
    const progress = progressOf(task);
    const since = task.startedAt ? duration(Math.max(0, settings.now - Date.parse(task.startedAt))) : "";
    return [progress?.total ? `${number(Math.round(progress.percentage))}%` : "", since].filter(Boolean).join(" · ");
  }

  #why(task: TaskDetail): TemplateResult | typeof nothing {
    if (task.state === "Succeeded" && !task.skipped) return nothing;
    const said = task.why.filter((each) => each.code !== "Error");
    if (!said.length) return nothing;
    return html`<div class="notice ${stateTone(task.state)}">
      ${icon("info")}
      <div>
        <span class="visually-hidden">${t("task.why")}</span>
        ${said.map((each) => html`<p class="break">${sentence(each)}</p>`)}
      </div>
    </div>`;
  }

  #error(task: TaskDetail): TemplateResult | typeof nothing {
    const error = task.error;
    if (!error || task.state === "Succeeded") return nothing;
    return html`<section class="card" aria-labelledby="error">
      <div class="card-head">
        <h2 id="error">${errorClass(error.class)}</h2>
        <span class="row"><span class="tag mono">${error.class}</span>${error.code ? html`<span class="tag mono">${error.code}</span>` : nothing}</span>
      </div>
      <div class="card-body stack tight">
        <p class="break">${error.message}</p>
        <p class="muted small">${t(error.permanent ? "task.error.permanent" : "task.error.transient")}</p>
        ${task.state === "DeadLettered"
          ? html`<p><a href=${href("dead-letters")}>${t("task.error.group")}</a></p>`
          : nothing}
      </div>
    </section>`;
  }

  #result(task: TaskDetail): TemplateResult | typeof nothing {
    const result = task.result;
    if (!result) return nothing;
    const { created = 0, updated = 0, unchanged = 0, deleted = 0, quarantined = 0, read = 0, pages = 0 } = result;
    const parts: [string, number, string][] = [
      ["created", created, "good"],
      ["updated", updated, "run"],
      ["unchanged", unchanged, "wait"],
      ["deleted", deleted, "bad"],
    ];
    const all = parts.reduce((sum, [, n]) => sum + n, 0);
    return html`<section class="card" aria-labelledby="result">
      <div class="card-head bare">
        <h2 id="result">${t("task.result")}</h2>
        <span class="facts">
          <span>${tn("task.result.read", read)}</span>
          ${result.declared != null ? html`<span>${tn("task.result.declared", result.declared)}</span>` : nothing}
          ${pages ? html`<span>${tn("task.result.pages", pages)}</span>` : nothing}
          ${result.bytes ? html`<span>${bytes(result.bytes)}</span>` : nothing}
        </span>
      </div>
      <div class="card-body stack">
        ${task.dryRun ? html`<div class="notice hold">${icon("info")}<p>${t("task.result.dryRun")}</p></div>` : nothing}
        <div class="count-tiles">
          ${parts.map(
            ([name, n, tone]) => html`<div>
              <b>${number(n)}</b><span class="muted small"><i class="key" data-tone=${tone}></i>${translated("task.result", name)}</span>
            </div>`,
          )}
        </div>
        ${all
          ? html`<div class="parts" aria-hidden="true">
              ${parts.filter(([, n]) => n).map(([name, n]) => html`<i class=${name} ${style({ flex: String(n) })}></i>`)}
            </div>`
          : nothing}
        ${quarantined ? html`<p class="muted">${t("task.result.quarantined")}: ${number(quarantined)}</p>` : nothing}
        ${this.#phases(task)}
      </div>
    </section>`;
  }

  #phases(task: TaskDetail): TemplateResult | typeof nothing {
    const known = Object.entries(task.phases).sort(([a], [b]) => PHASES.indexOf(a) - PHASES.indexOf(b));
    if (!known.length) return nothing;
    return html`<div class="stack tight">
      <h3>${t("task.phases")}</h3>
      <div class="parts" aria-hidden="true">
        ${known.map(([name, milliseconds]) => html`<i class="p${Math.max(0, PHASES.indexOf(name))}" ${style({ flex: String(Math.max(1, milliseconds)) })}></i>`)}
      </div>
      <ul class="facts">
        ${known.map(([name, milliseconds]) => html`<li>${translated("phase", name) ?? name} ${duration(milliseconds)}</li>`)}
      </ul>
    </div>`;
  }

  #timeline(task: TaskDetail): TemplateResult {
    const points: TemplateResult[] = [];
    const point = (tone: string, picture: Icon, title: TemplateResult | string, at: string | null, more: unknown = nothing): void => {
      points.push(html`<li>
        <span class="point ${tone}">${icon(picture)}</span>
        <div><strong>${title}</strong> ${at ? html`<span class="muted nowrap">${when(at)}</span>` : nothing}${more}</div>
      </li>`);
    };
    point(
      "",
      task.triggeredBy === "Scheduler" ? "schedules" : "person",
      task.schedule
        ? t("task.created.schedule", { schedule: task.schedule })
        : task.requestedBy
          ? t("task.created.by", { user: task.requestedBy })
          : t("task.created"),
      task.createdAt,
    );
    for (const merged of task.merged) point("", "person", t("task.joined", { user: merged.requestedBy }), merged.at);
    for (const attempt of task.attempts) {
      const failed = attempt.class !== null && attempt.class !== undefined;
      const tone = !attempt.endedAt ? "run" : failed ? (attempt.counted ? "bad" : "warn") : "good";
      const picture: Icon = !attempt.endedAt ? "play" : failed ? "bang" : "check";
      point(
        tone,
        picture,
        t("task.attempt", { n: attempt.number }),
        attempt.startedAt,
        html`<div class="stack tight">
          <div class="facts">
            ${attempt.durationMs != null ? html`<span>${duration(attempt.durationMs)}</span>` : nothing}
            ${attempt.node ? html`<span class="mono">${attempt.node}</span>` : nothing}
            ${failed ? html`<span>${errorClass(attempt.class!)}</span>` : nothing}
            ${failed && !attempt.counted ? html`<span>${t("task.attempt.uncounted")}</span>` : nothing}
          </div>
          ${attempt.message ? html`<p class="muted small break">${attempt.message}</p>` : nothing}
        </div>`,
      );
    }
    if (task.completedAt) {
      const tone = stateTone(task.state);
      point(tone, tone === "good" ? "check" : tone === "bad" ? "bang" : "dash", t(`state.${task.state}`), task.completedAt,
        task.durationMs != null ? html`<div class="facts"><span>${duration(task.durationMs)}</span></div>` : nothing);
    } else if (task.nextAttemptAt) {
      point("warn", "again", t("task.attempt", { n: task.attempt + 1 }), task.nextAttemptAt);
    } else if (task.state === "Queued" && task.estimatedStart) {
      point("", "clock", t("task.attempt", { n: 1 }), task.estimatedStart);
    }
    return html`<section class="card" aria-labelledby="timeline">
      <div class="card-head bare"><h2 id="timeline">${t("task.attempts")}</h2></div>
      <div class="card-body"><ol class="timeline">${points}</ol></div>
    </section>`;
  }

  #details(task: TaskDetail): TemplateResult {
    const rows: [Parameters<typeof t>[0], unknown][] = [
      ["task.details.id", html`<span class="mono">${task.id}</span>`],
      ["task.details.namespace", task.namespace],
      ["task.details.mode", html`${t(`mode.${task.mode}`)}
        ${task.modeAsked !== task.mode ? html`<span class="muted">(${t("task.details.modeAsked", { mode: t(`mode.${task.modeAsked}`) })})</span>` : nothing}
        ${task.modeReason ? html`<br /><span class="muted small">${task.modeReason}</span>` : nothing}`],
      ["task.details.priority", number(task.priority)],
      ["task.details.trigger", asker(task)],
    ];
    if (task.schedule) rows.push(["task.details.schedule", task.schedule]);
    if (task.due) rows.push(["task.details.due", exact(task.due)]);
    if (task.retryOf) rows.push(["task.details.retryOf", this.#link(task, task.retryOf)]);
    if (task.supersededBy) rows.push(["task.details.supersededBy", this.#link(task, task.supersededBy)]);
    if (task.dryRun) rows.push(["task.details.dryRun", t("task.yes")]);
    if (task.confirmDeletions) rows.push(["task.details.confirmed", t("task.yes")]);
    if (task.timeout) rows.push(["task.details.timeout", interval(task.timeout)]);
    if (task.job) rows.push(["task.details.job", html`<span class="mono">${task.job}</span>`]);
    return html`<section class="card" aria-labelledby="details">
      <div class="card-head bare"><h2 id="details">${t("task.details")}</h2></div>
      <div class="card-body">
        <dl class="details">${rows.map(([name, value]) => html`<dt>${t(name)}</dt><dd>${value}</dd>`)}</dl>
      </div>
    </section>`;
  }

  #link(task: TaskDetail, id: string): TemplateResult {
    return html`<a class="mono" href=${taskHref({ namespace: task.namespace, id })}>${id}</a>`;
  }

  async #loadEvidence(task: TaskDetail, failure: string): Promise<void> {
    let found: Evidence[] | Problem | null;
    try {
      found = await api.get<Evidence[]>(`api/tasks/${task.id}/evidence`, { namespace: task.namespace });
    } catch (error) {
      found = error instanceof Problem ? error : null;
    }
    if (this.#evidenceOf === failure) this.evidence = found;
  }

  #evidence(task: TaskDetail): TemplateResult | typeof nothing {
    const found = this.evidence;
    if (!task.error || found === null || (Array.isArray(found) && !found.length && task.state !== "DeadLettered")) return nothing;
    let body: TemplateResult;
    if (found instanceof Problem) {
      body = html`<p class="muted">${found.kind === "forbidden" ? t("task.evidence.denied") : found.message}</p>`;
    } else if (!found.length) {
      body = html`<p class="muted">${t("task.evidence.none")}</p>`;
    } else {
      body = html`<div class="evidence">
          ${found.map(
            (file) => html`<a href=${api.url(file.url)} target="_blank" rel="noopener" title=${file.name}>
              <span class="thumb">
                ${file.kind === "screenshot" ? html`<img src=${api.url(file.url)} alt="" loading="lazy" />` : icon("file")}
              </span>
              <span class="row between"><span>${t(`task.evidence.${file.kind}`)}</span><span class="muted small">${bytes(file.size)}</span></span>
              <span class="muted small mono break">${file.name}</span>
            </a>`,
          )}
        </div>
        ${found.some((file) => file.kind === "trace") ? html`<p class="muted small">${t("task.evidence.trace.hint")}</p>` : nothing}`;
    }
    return html`<section class="card" aria-labelledby="evidence">
      <div class="card-head bare"><h2 id="evidence">${t("task.evidence")}</h2></div>
      <div class="card-body stack">${body}</div>
    </section>`;
  }

  #log(task: TaskDetail): TemplateResult | typeof nothing {
    if (!task.job || task.archived) return nothing;
    const body =
      this.log instanceof Problem
        ? html`<p class="card-body muted">${this.log.kind === "forbidden" ? t("task.log.denied") : t("task.log.none")}</p>`
        : this.log === null
          ? nothing
          : html`<pre class="log" tabindex="0" aria-label=${t("task.log")}>${this.log}</pre>`;
    return html`<section class="card" aria-labelledby="log">
      <div class="card-head ${body === nothing ? "bare" : ""}">
        <h2 id="log">${t("task.log")}</h2>
        <button class="button small" @click=${() => void this.#followLog(task)}>${icon("file")}${t("task.log.show")}</button>
      </div>
      ${body === nothing ? html`<div class="card-body"></div>` : body}
    </section>`;
  }

  async #followLog(task: TaskDetail): Promise<void> {
    this.#logAbort?.abort();
    const abort = (this.#logAbort = new AbortController());
    const query = { namespace: task.namespace, follow: task.state === "Running" };
    try {
      const response = await fetch(api.url(`api/tasks/${task.id}/log`, query), { signal: abort.signal, credentials: "same-origin" });
      if (!response.ok || !response.body) {
        this.log = new Problem(response.status, response.status === 403 ? "forbidden" : "not-found", "", "");
        return;
      }
      this.log = "";
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
        const before = this.querySelector("pre.log");
        // Whoever has scrolled up reads there.
        const follows = !before || before.scrollHeight - before.scrollTop - before.clientHeight < 24;
        this.log = (this.log + piece.value).slice(-200_000);
        await this.updateComplete;
        const log = this.querySelector("pre.log");
        if (log && follows) log.scrollTop = log.scrollHeight;
      }
    } catch {
      // The page was left, or the connection broke off: what is there stays.
    }
  }
}
