// The overview: is everything in step, what runs, how each type does, what ended last.

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { pauseAll, resumeAll, syncNow, chooseSync } from "../actions";
import { api, type DeadLetters, type History, type Metrics, type Queue, type Schedule, type Source, type Statistics, type Task } from "../api/client";
import { icon } from "../components/icons";
import { asker, changes, empty, healthBadge, progressBar, progressWords, shown, stateBadge, taskTitle, when } from "../components/parts";
import { duration, number, percent, relative } from "../format";
import { t, tn, typeName } from "../i18n";
import { Page } from "../page";
import { Resource } from "../resource";
import { href, taskHref } from "../router";
import { session } from "../session";
import "../components/chart";

interface Data {
  metrics: Metrics;
  sources: Source[];
  schedules: Schedule[];
  queue: Queue;
  dead: DeadLetters;
  recent: History;
}

@customElement("sincro-overview")
export class Overview extends Page {
  #data = new Resource<Data>(
    this,
    async (signal) => {
      const scope = { namespace: session.scope };
      const [metrics, sources, schedules, queue, dead, recent] = await Promise.all([
        api.get<Metrics>("api/status", scope, signal),
        api.get<Source[]>("api/sources", scope, signal),
        api.get<Schedule[]>("api/schedules", scope, signal),
        api.get<Queue>("api/queue", scope, signal),
        api.get<DeadLetters>("api/dead-letters", scope, signal),
        api.get<History>("api/history", { ...scope, limit: 8 }, signal),
      ]);
      return { metrics, sources, schedules, queue, dead, recent };
    },
    ["synctasks", "syncsources", "syncschedules"],
  );

  #statistics = new Resource<Statistics>(this, (signal) =>
    api.get("api/history/statistics", { namespace: session.scope, zone: Intl.DateTimeFormat().resolvedOptions().timeZone }, signal),
  );

  protected override render(): TemplateResult {
    const sources = this.#data.data?.sources ?? [];
    return html`<div class="page-head">
        <h1>${t("overview.title")}</h1>
        <div class="row">
          ${this.#pauseButton(sources)}
          <button class="button primary" ?disabled=${!sources.some((source) => session.may("sync", source.namespace))} @click=${() => void chooseSync(sources)}>
            ${icon("sync")}${t("sync.now")}
          </button>
        </div>
      </div>
      ${shown(this.#data, (data) => (data.sources.length ? this.#content(data) : this.#none()))}`;
  }

  #none(): TemplateResult {
    return html`<div class="card">${empty("sources", t("overview.empty"), t("overview.empty.text"))}</div>`;
  }

  #pauseButton(sources: Source[]): TemplateResult | typeof nothing {
    if (!sources.length) return nothing;
    const paused = sources.every((source) => source.pause.paused);
    const may = sources.some((source) => session.may("pauseSources", source.namespace));
    const act = async (): Promise<void> => {
      if (await (paused ? resumeAll() : pauseAll())) void this.#data.reload();
    };
    return html`<button class="button" ?disabled=${!may} title=${may ? nothing : t("common.noRight")} @click=${() => void act()}>
      ${icon(paused ? "play" : "pause")}${t(paused ? "overview.resumeAll" : "overview.pauseAll")}
    </button>`;
  }

  #content(data: Data): TemplateResult {
    return html`
      ${this.#hero(data)} ${this.#tiles(data)}
      <section class="section" aria-labelledby="running">
        <h2 id="running">${t("overview.running")}</h2>
        ${this.#running(data)}
      </section>
      <section class="section" aria-labelledby="by-type">
        <h2 id="by-type">${t("overview.byType")}</h2>
        <div class="columns">${data.sources.map((source) => this.#source(source, data))}</div>
      </section>
      <div class="two wide-right">
        <section class="card" aria-labelledby="chart">
          <div class="card-head bare"><h2 id="chart">${t("overview.chart")}</h2></div>
          <div class="card-body">
            ${this.#statistics.data ? html`<sincro-day-chart .days=${this.#statistics.data.days}></sincro-day-chart>` : html`<div class="chart"></div>`}
          </div>
        </section>
        <section class="card" aria-labelledby="recent">
          <div class="card-head">
            <h2 id="recent">${t("overview.recent")}</h2>
            <a href=${href("history")}>${t("overview.recent.all")}</a>
          </div>
          ${data.recent.items.length
            ? html`<ul class="list">${data.recent.items.map((task) => this.#recent(task))}</ul>`
            : html`<p class="card-body muted">${t("history.empty.text")}</p>`}
        </section>
      </div>
    `;
  }

  #hero({ metrics, sources, dead }: Data): TemplateResult {
    const attention = sources.flatMap((source) => attentionOf(source));
    const paused = sources.filter((source) => source.pause.paused);
    if (dead.open) attention.push(html`<a href=${href("dead-letters")}>${tn("attention.deadLetters", dead.open)}</a>`);
    if (!attention.length && paused.length === sources.length) {
      return html`<div class="card hero hold">
        <div class="mark">${icon("pause")}</div>
        <div><h2>${t("overview.paused")}</h2><p class="muted">${t("overview.paused.text")}</p></div>
      </div>`;
    }
    const held = paused.map((source) =>
      t(source.pause.reason ? "attention.Paused.reason" : "attention.Paused", {
        source: source.name,
        by: source.pause.by ?? "?",
        reason: source.pause.reason ?? "",
      }),
    );
    const words = [...attention, ...held.map((text) => html`${text}`)];
    if (!words.length) {
      return html`<div class="card hero">
        <div class="mark">${icon("check")}</div>
        <div><h2>${t("overview.good")}</h2><p class="muted">${t("overview.good.text")}</p></div>
      </div>`;
    }
    return html`<div class="card hero ${metrics.status === "error" ? "bad" : "warn"}">
      <div class="mark">${icon("bang")}</div>
      <div>
        <h2>${t("overview.attention")}</h2>
        <ul class="muted">${words.map((text) => html`<li class="break">${text}</li>`)}</ul>
      </div>
    </div>`;
  }

  #tiles({ metrics, dead }: Data): TemplateResult {
    const rate = metrics.totalSyncs ? metrics.successfulSyncs / metrics.totalSyncs : null;
    return html`<div class="tiles section">
      <a class="card tile" href=${href("queue")}>
        <span class="label">${t("overview.running")}</span>
        <span class="value">${number(metrics.currentTasks.length)}</span>
        <span class="note">${t("overview.waiting")}: ${number(metrics.queueDepth)}</span>
      </a>
      <a class="card tile" href=${href("history")}>
        <span class="label">${t("overview.successRate")}</span>
        <span class="value">${rate === null ? "–" : percent(rate)}</span>
        <span class="note">${tn("overview.totalSyncs", metrics.totalSyncs)}</span>
      </a>
      <div class="card tile">
        <span class="label">${t("overview.averageDuration")}</span>
        <span class="value">${metrics.avgDuration ? duration(metrics.avgDuration) : "–"}</span>
        <span class="note">${t("overview.ofSuccessful")}</span>
      </div>
      <a class="card tile" href=${href("dead-letters")}>
        <span class="label">${t("overview.deadLetters")}</span>
        <span class="value ${dead.open ? "bad" : ""}">${number(dead.open)}</span>
        <span class="note">${tn("overview.failed", metrics.failedSyncs)}</span>
      </a>
    </div>`;
  }

  #running({ queue }: Data): TemplateResult {
    if (!queue.running.length) return html`<div class="card card-body"><p class="card-body muted">${t("overview.nothingRuns")}</p></div>`;
    return html`<div class="card">
      <ul class="list">
        ${queue.running.map(
          (task) => html`<li>
            <div class="item">
              ${stateBadge(task)} ${taskTitle(task, session.manyNamespaces)}
              <span class="end facts"><span>${progressWords(task)}</span>${asker(task)}<span>${when(task.startedAt)}</span></span>
            </div>
            ${progressBar(task)}
          </li>`,
        )}
      </ul>
    </div>`;
  }

  #source(source: Source, data: Data): TemplateResult {
    const types = new Map(source.types.map((each) => [each.type, each]));
    const schedules = data.schedules.filter((each) => each.source === source.name && each.namespace === source.namespace);
    const names = [...new Set([...schedules.map((each) => each.type), ...types.keys()])].sort(byImportance);
    const running = (type: string): Task | undefined =>
      data.queue.running.find((task) => task.type === type && task.source === source.name && task.namespace === source.namespace);
    return html`<div class="card">
      <div class="card-head">
        <h3 class="row">
          <a href=${href("sources")}>${source.name}</a>
          ${session.manyNamespaces ? html`<span class="tag">${source.namespace}</span>` : nothing}
        </h3>
        ${healthBadge(source.health)}
      </div>
      <ul class="list">
        ${names.map((name) => {
          const found = types.get(name);
          const now = running(name);
          const next = nextOf(schedules.filter((each) => each.type === name));
          return html`<li>
            <div class="item">
              <span class="title">${typeName(name)}</span>
              ${now ? html`<a class="row" href=${taskHref(now)}>${stateBadge(now)}</a>` : nothing}
              <span class="end">
                <button
                  class="button small"
                  aria-label="${t("sync.now")}: ${typeName(name)}, ${source.name}"
                  ?disabled=${!session.may("sync", source.namespace)}
                  @click=${() => void syncNow(source.namespace, source.name, name)}
                >
                  ${icon("sync")}${t("sync.now")}
                </button>
              </span>
            </div>
            ${now ? progressBar(now) : nothing}
            <div class="facts">
              <span>${icon(found && failing(found) ? "bang" : "check")} ${found?.lastSuccess ? when(found.lastSuccess, source.timeZone) : t("sources.never")}</span>
              ${found?.successRate != null ? html`<span>${percent(found.successRate)}</span>` : nothing}
              ${found?.averageDurationMs ? html`<span>⌀ ${duration(found.averageDurationMs)}</span>` : nothing}
              ${next && !source.pause.paused ? html`<span>${t("overview.next", { when: relative(next, "short") })}</span>` : nothing}
            </div>
          </li>`;
        })}
      </ul>
    </div>`;
  }

  #recent(task: Task): TemplateResult {
    return html`<li>
      <div class="item">
        ${stateBadge(task)} ${taskTitle(task, session.manyNamespaces)}
        <span class="end facts">${changes(task.result)}<span>${when(task.completedAt)}</span></span>
      </div>
    </li>`;
  }
}

const IMPORTANCE = ["customers", "orders", "products", "prices"];

function byImportance(a: string, b: string): number {
  const place = (type: string): number => (IMPORTANCE.includes(type) ? IMPORTANCE.indexOf(type) : IMPORTANCE.length);
  return place(a) - place(b) || a.localeCompare(b);
}

function failing(type: Source["types"][number]): boolean {
  return type.lastFailure !== null && (type.lastSuccess === null || Date.parse(type.lastFailure) > Date.parse(type.lastSuccess));
}

function nextOf(schedules: Schedule[]): string | undefined {
  return schedules
    .filter((schedule) => !schedule.suspension.suspended)
    .flatMap((schedule) => [schedule.nextFull, schedule.nextDelta])
    .filter((instant): instant is string => instant !== null)
    .sort()[0];
}

function attentionOf(source: Source): TemplateResult[] {
  const ready = source.conditions.find((each) => each.type === "Ready");
  if (source.health === "NotReady") return [html`${t("attention.NotReady", { source: source.name, message: ready?.message ?? "" })}`];
  if (source.health === "CircuitOpen") return [html`${t("attention.CircuitOpen", { source: source.name, message: source.circuit.message })}`];
  return source.types.filter(failing).map((type) => {
    const message = source.lastError?.type === type.type ? source.lastError.message : "";
    return html`${t(message ? "attention.Failing.message" : "attention.Failing", { type: typeName(type.type), source: source.name, message })}`;
  });
}
