// Schedules: how often, when next and why then, and the next seven days at a glance.

import { html, nothing, svg, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { guard } from "lit/directives/guard.js";
import { resumeSchedule, suspendSchedule } from "../actions";
import { api, type Preview, type Schedule } from "../api/client";
import { icon } from "../components/icons";
import { empty, shown, when } from "../components/parts";
import { clock, day, duration, exact, interval, percent, relative, wallClock } from "../format";
import { t, tn, typeName } from "../i18n";
import { Page } from "../page";
import { Resource } from "../resource";
import { taskHref } from "../router";
import { session } from "../session";
import { settings } from "../settings";

interface Data {
  schedules: Schedule[];
  preview: Preview;
}

@customElement("sincro-schedules")
export class Schedules extends Page {
  #data = new Resource<Data>(
    this,
    async (signal) => {
      const scope = { namespace: session.scope };
      const [schedules, preview] = await Promise.all([
        api.get<Schedule[]>("api/schedules", scope, signal),
        api.get<Preview>("api/schedules/preview", { ...scope, days: 7 }, signal),
      ]);
      return { schedules, preview };
    },
    ["syncschedules", "syncsources"],
  );

  protected override render(): TemplateResult {
    return html`<div class="page-head"><h1>${t("schedules.title")}</h1></div>
      ${shown(this.#data, (data) =>
        data.schedules.length
          ? this.#content(data)
          : html`<div class="card">${empty("schedules", t("schedules.empty"), t("schedules.empty.text"))}</div>`,
      )}`;
  }

  #content({ schedules, preview }: Data): TemplateResult {
    // A week of runs is a thousand shapes: they are drawn again when there is news, and once a minute.
    const drawnFor = [schedules, preview, settings.language, session.scope, Math.floor(settings.now / 60_000)];
    return html`${guard(drawnFor, () => this.#preview(schedules, preview))}
      <div class="card scroll">
        <table class="folds">
          <thead>
            <tr>
              <th>${t("history.column.sync")}</th>
              <th>${t("schedules.cadence")}</th>
              <th>${t("schedules.next")}</th>
              <th>${t("schedules.last")}</th>
              <th class="number">${t("schedules.rate")}</th>
              <th class="number">${t("schedules.duration")}</th>
              <th><span class="visually-hidden">${t("schedules.suspend")}</span></th>
            </tr>
          </thead>
          <tbody>${schedules.map((schedule) => this.#row(schedule))}</tbody>
        </table>
      </div>`;
  }

  #row(schedule: Schedule): TemplateResult {
    const fresh = schedule.conditions.find((each) => each.type === "Fresh");
    const next = [schedule.nextFull, schedule.nextDelta].filter((each): each is string => each !== null).sort()[0];
    const held = schedule.suspension.suspended || schedule.sourcePaused;
    return html`<tr>
      <td class="wide">
        <div class="row">
          <strong>${typeName(schedule.type)}</strong>
          <span class="muted">${session.manyNamespaces ? `${schedule.namespace} / ` : ""}${schedule.source}</span>
        </div>
        <div class="row">
          ${schedule.suspension.suspended
            ? html`<span class="badge hold">${icon("pause")}${t("schedules.suspended")}</span>`
            : schedule.sourcePaused
              ? html`<span class="badge hold">${icon("pause")}${t("schedules.sourcePaused")}</span>`
              : nothing}
          ${schedule.rollout !== "Active" ? html`<span class="badge warn">${t(`rollout.${schedule.rollout}`)}</span>` : nothing}
          ${fresh?.status === "False" ? html`<span class="badge bad" title=${fresh.message}>${t("schedules.notFresh")}</span>` : nothing}
          ${schedule.skipped ? html`<span class="tag" title=${schedule.lastSkipReason ?? ""}>${tn("schedules.skipped", schedule.skipped)}</span>` : nothing}
        </div>
        ${schedule.suspension.suspended
          ? who("schedules.suspended.by", schedule.suspension)
          : schedule.sourcePaused
            ? who("schedules.sourcePaused.by", schedule.sourcePause)
            : nothing}
      </td>
      <td class="wide">
        ${schedule.delta ? html`<div class="nowrap">${t("mode.Delta")} ${this.#cadence(schedule.delta)}</div>` : nothing}
        ${schedule.full ? html`<div class="nowrap">${t("mode.Full")} ${this.#cadence(schedule.full)}</div>` : nothing}
        ${schedule.adaptive && schedule.effectiveInterval
          ? html`<div class="muted small">${t("schedules.now", { interval: interval(schedule.effectiveInterval) })}</div>
              <div class="muted small">${schedule.effectiveReason}</div>`
          : nothing}
        ${schedule.quietHours.map((quiet) => html`<span class="tag">${icon("moon")} ${t("schedules.quiet", quiet)}</span>`)}
      </td>
      <td data-label=${t("schedules.next")}>
        ${schedule.activeTask
          ? html`<a href=${taskHref({ namespace: schedule.namespace, id: schedule.activeTask })}>
              <span class="badge run">${icon("turn", "spin")}${t("state.Running")}</span></a>`
          : held
            ? this.#heldBack(schedule)
            : when(next, schedule.timeZone)}
      </td>
      <td data-label=${t("schedules.last")}>
        ${schedule.lastSuccess ? when(schedule.lastSuccess, schedule.timeZone) : html`<span class="muted">${t("schedules.never")}</span>`}
      </td>
      <td class="number" data-label=${t("schedules.rate")}>${schedule.successRate === null ? "–" : percent(schedule.successRate)}</td>
      <td class="number nowrap" data-label=${t("schedules.duration")}>${schedule.averageDurationMs ? duration(schedule.averageDurationMs) : "–"}</td>
      <td class="number">${this.#button(schedule)}</td>
    </tr>`;
  }

  /** What was due while the pause holds: it is made up for when the pause ends. */
  #heldBack(schedule: Schedule): TemplateResult {
    const cadences = [["Full", schedule.nextFull], ["Delta", schedule.nextDelta]] as const;
    const due = cadences.filter(([, at]) => at && Date.parse(at) <= settings.now);
    if (schedule.suspension.suspended || !due.length) return html`<span class="muted">–</span>`;
    return html`${due.map(([mode, at]) => html`<p class="small">${t("schedules.heldBack", { mode: t(`mode.${mode}`), when: relative(at!) })}</p>`)}`;
  }

  #cadence(cadence: NonNullable<Schedule["full"]>): string {
    if (cadence.every) return t("schedules.every", { interval: interval(cadence.every) });
    // The commonest of cron expressions in words; every other one is shown as it is written.
    const daily = /^(\d{1,2}) (\d{1,2}) \* \* \*$/.exec(cadence.cron ?? "");
    return daily
      ? t("schedules.daily", { time: `${daily[2]!.padStart(2, "0")}:${daily[1]!.padStart(2, "0")}` })
      : t("schedules.cron", { cron: cadence.cron ?? "" });
  }

  #button(schedule: Schedule): TemplateResult {
    const may = session.may("pauseSchedules", schedule.namespace);
    const suspended = schedule.suspension.suspended;
    const words = t(suspended ? "schedules.resume" : "schedules.suspend");
    const act = async (): Promise<void> => {
      if (await (suspended ? resumeSchedule(schedule) : suspendSchedule(schedule))) void this.#data.reload();
    };
    return html`<button class="button small" aria-label="${words}: ${schedule.name}" ?disabled=${!may}
      title=${may ? nothing : t("common.noRight")} @click=${() => void act()}>
      ${icon(suspended ? "play" : "pause")}${words}
    </button>`;
  }

  #preview(schedules: Schedule[], preview: Preview): TemplateResult {
    const zone = schedules[0]!.timeZone;
    // Eight midnights: a day on which the clock changes has 23 hours, or 25.
    const midnights = Array.from({ length: 8 }, (_, index) => localTime(Date.parse(preview.since), zone, index));
    const days = midnights.slice(0, 7);
    const shownRows = schedules.filter((schedule) => !schedule.suspension.suspended && !schedule.sourcePaused).slice(0, 40);
    if (!shownRows.length) return html``;
    return html`<section class="card section" aria-labelledby="preview">
      <div class="card-head">
        <h2 id="preview">${t("schedules.preview")}</h2>
        <span class="facts small">
          <span><i class="key" data-tone="hold"></i>${t("schedules.preview.legend.full")}</span>
          <span><i class="key" data-tone="run"></i>${t("schedules.preview.legend.delta")}</span>
          <span><i class="key" data-tone="wait"></i>${t("schedules.preview.legend.quiet")}</span>
          <span>${t("schedules.preview.times", { zone })}</span>
        </span>
      </div>
      <div class="scroll" tabindex="0" role="group" aria-label=${t("schedules.preview")}>
        <div class="preview">
          <div class="name"></div>
          <div class="days" aria-hidden="true">
            ${days.map((at, index) => html`<span class=${index === 0 ? "today" : ""}>${day(at + 43_200_000, zone)}</span>`)}
          </div>
          ${shownRows.map((schedule) => this.#previewRow(schedule, preview, midnights))}
        </div>
      </div>
      ${this.#remarks(preview, zone)}
      ${preview.onlyNext.length
        ? html`<p class="card-body muted small">${t("schedules.preview.onlyNext", { names: preview.onlyNext.map((name) => name.split("/")[1]).join(", ") })}</p>`
        : nothing}
    </section>`;
  }

  #remarks(preview: Preview, zone: string): TemplateResult {
    const days = (Date.parse(preview.until) - Date.parse(preview.since)) / 86_400_000;
    const changes = preview.clockChanges ?? [];
    return html`<div class="card-body muted small">
      <p>${t(preview.origin === "planner" ? "schedules.preview.assumptions" : "schedules.preview.status")}</p>
      ${days < 6.9 ? html`<p>${t("schedules.preview.until", { when: exact(preview.until, zone) })}</p>` : nothing}
      ${changes.map((each) => html`<p>${t("schedules.preview.clock", { zone: each.timeZone, when: exact(each.at, each.timeZone) })}</p>`)}
    </div>`;
  }

  #previewRow(schedule: Schedule, preview: Preview, midnights: readonly number[]): TemplateResult {
    const [start, end] = [midnights[0]!, midnights[7]!];
    const runs = preview.runs.filter((run) => run.schedule === schedule.name && run.namespace === schedule.namespace);
    const place = (at: number): number => ((at - start) / (end - start)) * 7000;
    const label = tn("schedules.preview.row", runs.length, {
      type: typeName(schedule.type),
      source: schedule.source,
      when: runs[0] ? relative(runs[0].at) : "–",
    });
    const skipped = (preview.skipped ?? []).filter((skip) => skip.schedule === schedule.name && skip.namespace === schedule.namespace);
    const reasons = skipped.slice(0, 5).map((skip) => `${clock(skip.at, schedule.timeZone)} ${skip.reason}`);
    const quiet = schedule.quietHours.flatMap((hours) =>
      Array.from({ length: 10 }, (_, index) => {
        // The schedule's own local time, whatever zone the days are drawn in.
        const local = (text: string, later = 0): number => localTime(Date.parse(preview.since), schedule.timeZone, index - 2 + later, minutes(text));
        const from = local(hours.start);
        const until = local(hours.end, minutes(hours.end) <= minutes(hours.start) ? 1 : 0);
        return [Math.max(from, start), Math.min(until, end)] as const;
      }).filter(([from, until]) => until > from),
    );
    return html`<div class="name"><strong>${typeName(schedule.type)}</strong><span class="muted small">${schedule.source}</span>
        ${skipped.length ? html`<span class="muted small" title=${reasons.join("\n")}>${tn("schedules.preview.skipped", skipped.length)}</span>` : nothing}
      </div>
      <div>
        <svg viewBox="0 0 7000 34" preserveAspectRatio="none" role="img" aria-label=${label}>
          ${quiet.map(([from, until]) => svg`<rect class="quiet" x=${place(from)} y="0" width=${place(until) - place(from)} height="34" />`)}
          ${midnights.slice(1, 7).map((at) => svg`<line class="day" x1=${place(at)} x2=${place(at)} y1="0" y2="34" vector-effect="non-scaling-stroke" />`)}
          ${runs.map((run) => {
            const full = run.mode !== "Delta";
            const at = Date.parse(run.at);
            const width = Math.max(full ? 26 : 12, run.until ? place(Date.parse(run.until)) - place(at) : 0);
            return svg`<rect class=${full ? "full" : "delta"} x=${place(at)} y=${full ? 5 : 11} width=${width} height=${full ? 24 : 12} rx="3">
              <title>${t(`mode.${run.mode}`)} ${exact(run.at, schedule.timeZone)}${run.delayedFrom ? ` (${t("schedules.preview.waits", { since: clock(run.delayedFrom, schedule.timeZone) })})` : ""}</title>
            </rect>`;
          })}
          <line class="now" x1=${place(settings.now)} x2=${place(settings.now)} y1="0" y2="34" vector-effect="non-scaling-stroke" />
        </svg>
      </div>`;
  }
}

function who(words: "schedules.suspended.by" | "schedules.sourcePaused.by", pause: Schedule["suspension"]): TemplateResult {
  return html`<p class="muted small break">${[pause.by ? t(words, { by: pause.by }) : "", pause.reason ?? ""].filter(Boolean).join(": ")}</p>`;
}

function minutes(text: string): number {
  const [hours, rest] = text.split(":").map(Number);
  return hours! * 60 + rest!;
}

/** The instant of a local time so many days after an instant's own day, in milliseconds; `minute`: of the day, up to 1440. */
function localTime(at: number, zone: string, days: number, minute = 0): number {
  const today = new Date(wallClock(at, zone));
  const wanted = Date.UTC(today.getUTCFullYear(), today.getUTCMonth(), today.getUTCDate() + days, 0, minute);
  // What the clock shows at the first guess tells the distance to UTC, and that of the second one holds there.
  const guess = wanted - (wallClock(wanted, zone) - wanted);
  return wanted - (wallClock(guess, zone) - guess);
}
