// Small pieces that every page shows: states, times, progress, counts, and what stands in for data that is not there.

import { html, nothing, type TemplateResult } from "lit";

import type { Problem, Schemas, Sentence, Task } from "../api/client";
import { clock, day, exact, number, relative } from "../format";
import { t, translated, typeName } from "../i18n";
import { WAITING } from "../i18n/waiting";
import { live } from "../live";
import { taskHref } from "../router";
import { settings } from "../settings";
import { icon, type Icon } from "./icons";
import { style } from "./style";

export type Tone = "good" | "run" | "wait" | "warn" | "bad" | "hold";

const STATES: Record<Task["state"], [Tone, Icon]> = {
  Queued: ["wait", "clock"],
  Running: ["run", "turn"],
  Retrying: ["warn", "again"],
  Succeeded: ["good", "check"],
  DeadLettered: ["bad", "bang"],
  Cancelled: ["wait", "cross"],
  Shadowed: ["hold", "moon"],
  Superseded: ["wait", "dash"],
};

const HEALTHS: Record<Schemas["SourceHealth"], [Tone, Icon]> = {
  NotReady: ["bad", "bang"],
  CircuitOpen: ["bad", "cross"],
  Paused: ["hold", "pause"],
  Failing: ["warn", "bang"],
  Running: ["run", "turn"],
  Idle: ["good", "check"],
};

export function stateTone(state: Task["state"]): Tone {
  return STATES[state][0];
}

export function stateBadge(task: Pick<Task, "state" | "cancelling" | "skipped">): TemplateResult {
  const [tone, picture] = STATES[task.state];
  const words = task.cancelling ? t("state.stopping") : task.skipped ? t("state.skipped") : t(`state.${task.state}`);
  return html`<span class="badge ${tone}">${icon(picture, picture === "turn" ? "spin" : "")}${words}</span>`;
}

export function healthBadge(health: Schemas["SourceHealth"]): TemplateResult {
  const [tone, picture] = HEALTHS[health];
  return html`<span class="badge ${tone}">${icon(picture, picture === "turn" ? "spin" : "")}${t(`health.${health}`)}</span>`;
}

/** An instant in words, exact on hover in the zone of its source. */
export function when(instant: string | null | undefined, zone?: string): TemplateResult | typeof nothing {
  if (!instant) return nothing;
  return html`<time datetime=${instant} title=${exact(instant, zone)}>${relative(instant)}</time>`;
}

/** How far a running task is: what was told live, else what the cluster says. */
export function progressOf(task: Task): { current: number; total: number; percentage: number } | undefined {
  const told = live.of(task.id);
  const known = task.progress ?? undefined;
  return told && (!known || told.current >= known.current) ? told : known;
}

export function progressBar(task: Task): TemplateResult {
  const progress = progressOf(task);
  const unknown = !progress || progress.total === 0;
  const label = `${typeName(task.type)} ${task.source}`;
  return html`<div
    class="bar ${unknown ? "unknown" : ""}"
    role="progressbar"
    aria-label=${label}
    aria-valuemin="0"
    aria-valuemax="100"
    aria-valuenow=${unknown ? nothing : Math.round(progress.percentage)}
  >
    <i ${style({ width: `${unknown ? 30 : progress.percentage}%` })}></i>
  </div>`;
}

export function progressWords(task: Task): string {
  const progress = progressOf(task);
  const phase = task.progress?.phase ? translated("phase", task.progress.phase) : undefined;
  const rows = !progress
    ? ""
    : progress.total
      ? t("task.progress", { current: number(progress.current), total: number(progress.total) })
      : progress.current
        ? t("task.progress.unknown", { current: number(progress.current) })
        : "";
  return [phase, rows].filter(Boolean).join(" · ");
}

/** What a sync has changed, in three numbers. */
export function changes(counts: Schemas["Counts"] | null): TemplateResult | typeof nothing {
  if (!counts) return nothing;
  const { created = 0, updated = 0, deleted = 0 } = counts;
  const label = `${t("task.result.created")} ${created}, ${t("task.result.updated")} ${updated}, ${t("task.result.deleted")} ${deleted}`;
  return html`<span class="changes mono" role="img" aria-label=${label} title=${label}>
    <span class=${created ? "plus" : "muted"}>+${number(created)}</span>
    <span class=${updated ? "tilde" : "muted"}>~${number(updated)}</span>
    <span class=${deleted ? "minus" : "muted"}>−${number(deleted)}</span>
  </span>`;
}

export function taskTitle(task: Task, showNamespace = false): TemplateResult {
  return html`<a class="title" href=${taskHref(task)}>${t("task.title", { type: typeName(task.type), source: task.source })}</a>
    ${showNamespace ? html`<span class="tag">${task.namespace}</span>` : nothing}
    ${task.mode === "Delta" ? nothing : html`<span class="tag strong">${t(`mode.${task.mode}`)}</span>`}
    ${task.dryRun ? html`<span class="tag">${t("task.details.dryRun")}</span>` : nothing}`;
}

/** Who or what asked for a task. */
export function asker(task: Task): TemplateResult {
  if (task.triggeredBy === "Scheduler") return html`<span class="asker">${icon("schedules")} ${t("trigger.Scheduler")}</span>`;
  const who = task.requestedBy ?? t(`trigger.${task.triggeredBy}`);
  return html`<span class="asker" title=${who}>${icon("person")} ${who}</span>`;
}

export function errorClass(word: string): string {
  return translated("error", word) ?? word;
}

/** A sentence of the server in the chosen language where it is known, else as the server says it. */
export function sentence(said: Sentence): string {
  return translated("why", said.code, said.values ?? {}) ?? waits(said.code, said.values ?? {}, said.text);
}

/** Why something waits: the operator's own English, in other languages the same from its values where they are known. */
export function waits(reason: string, values: Record<string, string>, text: string): string {
  const known = { ...values };
  if (known.at) known.at = `${day(known.at)} ${clock(known.at)}`;
  if (known.type) known.type = typeName(known.type);
  const fits = WAITING[settings.language]?.[reason]?.find((each) => [...each.matchAll(/\{(\w+)\}/g)].every(([, name]) => known[name!]));
  return fits?.replace(/\{(\w+)\}/g, (_, name: string) => known[name]!) ?? text;
}

export function loading(): TemplateResult {
  return html`<div class="skeleton" role="status"><span class="visually-hidden">${t("common.loading")}</span><i></i><i></i><i></i></div>`;
}

export function empty(picture: Icon, title: string, text: string, more: TemplateResult | typeof nothing = nothing): TemplateResult {
  return html`<div class="empty">${icon(picture)}<h2>${title}</h2><p>${text}</p>${more}</div>`;
}

/** What is shown instead of data that could not be had. */
export function problemNotice(problem: Problem, retry: () => void): TemplateResult {
  const [title, text] = problemWords(problem);
  return html`<div class="card empty" role="alert">
    ${icon(problem.kind === "offline" ? "cloud" : problem.kind === "forbidden" ? "pause" : "dead")}
    <h2>${title}</h2>
    <p class="break">${text}</p>
    <button class="button" @click=${retry}>${icon("again")}${t("common.refresh")}</button>
  </div>`;
}

export function problemWords(problem: Problem): [string, string] {
  const title = translated("problem", problem.kind) ?? t("problem.other");
  return [title, problem.kind === "offline" ? t("problem.offline.text") : problem.message];
}

/** A page's data, or what stands in for it. */
export function shown<T>(
  resource: { data: T | undefined; problem: Problem | undefined; reload(): Promise<void> },
  view: (data: T) => TemplateResult,
): TemplateResult {
  if (resource.data !== undefined) return view(resource.data);
  if (resource.problem) return problemNotice(resource.problem, () => void resource.reload());
  return loading();
}
