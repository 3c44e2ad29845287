// What people do: each asks where asking is due, calls the API, and says what came of it.

import { html, nothing } from "lit";
import { api, Problem, type Accepted, type Schedule, type Schemas, type Source, type Task } from "./api/client";
import { ask, askReason } from "./components/dialogs";
import { toast, toastProblem } from "./components/toasts";
import { t, tn, typeName } from "./i18n";
import { navigate, taskHref } from "./router";
import { session } from "./session";

const KNOWN_TYPES = ["customers", "orders", "products", "prices"];
const MODES = ["Delta", "Full", "Force"] as const;

const underWay = new Set<string>();

/** Do it unless the same is being done: a double click means it once. */
async function once(what: string, work: () => Promise<void>): Promise<void> {
  if (underWay.has(what)) return;
  underWay.add(what);
  try {
    await work();
  } finally {
    underWay.delete(what);
  }
}

async function attempt(work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    toastProblem(error);
    return false;
  }
}

function accepted(answer: Accepted): void {
  const text = t("sync.accepted", { type: typeName(answer.type), source: answer.source });
  toast("good", text, { href: taskHref({ namespace: answer.namespace, id: answer.taskId }), text: t("sync.follow") });
}

/** Ask for a sync right away, with what is usual. */
export async function syncNow(namespace: string, source: string, type: string): Promise<void> {
  await once(`sync ${namespace}/${source}/${type}`, async () => {
    await attempt(async () => {
      try {
        accepted(await api.post<Accepted>(`api/${type}/sync`, { namespace, source }));
      } catch (error) {
        if (!(error instanceof Problem) || error.kind !== "already-running") throw error;
        const again = await ask(t("sync.title"), html`<p>${error.message}</p>`, { text: t("sync.queue") });
        if (again) accepted(await api.post<Accepted>(`api/${type}/sync`, { namespace, source, queue: true }));
      }
    });
  });
}

/** The whole dialog: source, type, mode. */
export async function chooseSync(sources: Source[]): Promise<void> {
  const types = [...new Set([...sources.flatMap((source) => source.types.map((each) => each.type)), ...KNOWN_TYPES])];
  const mayForce = sources.some((source) => session.may("force", source.namespace));
  const many = new Set(sources.map((source) => source.namespace)).size > 1;
  const answer = await ask(
    t("sync.title"),
    html`<p class="muted">${t("sync.lead")}</p>
      <label class="field">
        ${t("sync.source")}
        <select name="source">
          ${sources.map(
            (source) => html`<option value="${source.namespace}/${source.name}">
              ${many ? `${source.namespace} / ` : ""}${source.name}
            </option>`,
          )}
        </select>
      </label>
      <label class="field">
        ${t("sync.type")}
        <select name="type">
          ${types.map((type) => html`<option value=${type}>${typeName(type)}</option>`)}
        </select>
      </label>
      <fieldset class="choices">
        <legend>${t("sync.mode")}</legend>
        ${MODES.map(
          (mode) => html`<label class="choice">
            <input type="radio" name="mode" value=${mode} ?checked=${mode === "Delta"} ?disabled=${mode === "Force" && !mayForce} />
            <span>
              ${t(`mode.${mode}`)}<br /><span class="what">
                ${t(`mode.${mode}.what`)} ${mode === "Force" && !mayForce ? t("sync.force.right") : nothing}
              </span>
            </span>
          </label>`,
        )}
      </fieldset>
      <label class="check"><input type="checkbox" name="dryRun" />${t("sync.dryRun")}</label>`,
    { text: t("sync.submit") },
  );
  if (!answer) return;
  const [namespace, source] = String(answer.get("source")).split("/") as [string, string];
  const body = { mode: String(answer.get("mode")), dryRun: answer.has("dryRun"), queue: true };
  await attempt(async () => {
    const made = await api.post<Accepted>(`api/${String(answer.get("type"))}/sync`, { namespace, source }, body);
    accepted(made);
    navigate(taskHref({ namespace: made.namespace, id: made.taskId }));
  });
}

export async function cancelTask(task: Task): Promise<boolean> {
  const sure = await ask(t("task.cancel.title"), html`<p class="muted">${t("task.cancel.text")}</p>`, {
    text: t("task.cancel"),
    danger: true,
  });
  if (!sure) return false;
  return attempt(async () => {
    await api.post(`api/tasks/${task.id}/cancel`, { namespace: task.namespace });
    toast("good", t("common.cancelled"));
  });
}

function guardChoice(error: Schemas["ErrorView"] | null) {
  return error?.class === "GuardTripped"
    ? html`<div class="notice warn"><p>${t("task.retry.guard.text")}</p></div>
        <label class="check"><input type="checkbox" name="confirmDeletions" />${t("task.retry.guard")}</label>`
    : nothing;
}

export async function retryTask(task: Task): Promise<void> {
  const answer = await ask(
    t("task.retry.title"),
    html`<p class="muted">${t("task.retry.text")}</p>
      ${guardChoice(task.error)}`,
    { text: t("task.retry") },
  );
  if (!answer) return;
  await attempt(async () => {
    const body = { confirmDeletions: answer.has("confirmDeletions") };
    const made = await api.post<Accepted>(`api/tasks/${task.id}/retry`, { namespace: task.namespace }, body);
    accepted(made);
    navigate(taskHref({ namespace: made.namespace, id: made.taskId }));
  });
}

export async function replayGroup(group: Schemas["DeadLetterGroup"]): Promise<boolean> {
  const answer = await ask(
    t("dead.replay.title"),
    html`<p class="muted">${t("dead.replay.text")}</p>
      ${guardChoice(group.error)}`,
    { text: t("dead.replay") },
  );
  if (!answer) return false;
  return attempt(async () => {
    const body = { confirmDeletions: answer.has("confirmDeletions") };
    const made = await api.post<Schemas["Replayed"]>(
      `api/dead-letters/${encodeURIComponent(group.group)}/replay`,
      { namespace: session.scope },
      body,
    );
    toast("good", tn("dead.replayed", made.tasks.length));
    for (const refused of made.refused) toast("bad", refused);
  });
}

export async function pauseSource(source: Source): Promise<boolean> {
  const reason = await askReason(t("sources.pause.title", { source: source.name }), t("sources.pause.text"), t("sources.pause"));
  if (reason === null) return false;
  return attempt(async () => {
    await api.post(`api/sources/${source.name}/pause`, { namespace: source.namespace }, { reason: reason || null });
    toast("good", t("common.paused", { source: source.name }));
  });
}

export async function resumeSource(source: Source): Promise<boolean> {
  return attempt(async () => {
    await api.post(`api/sources/${source.name}/resume`, { namespace: source.namespace });
    toast("good", t("common.resumed", { source: source.name }));
  });
}

export async function pauseAll(): Promise<boolean> {
  const reason = await askReason(t("sources.pause.all"), t("sources.pause.text"), t("sources.pause"));
  if (reason === null) return false;
  return attempt(async () => {
    await api.post("api/pause", { namespace: session.scope }, { reason: reason || null });
    toast("good", t("common.pausedAll"));
  });
}

export async function resumeAll(): Promise<boolean> {
  return attempt(async () => {
    await api.post("api/resume", { namespace: session.scope });
    toast("good", t("common.resumedAll"));
  });
}

export async function suspendSchedule(schedule: Schedule): Promise<boolean> {
  const about = { type: typeName(schedule.type), source: schedule.source };
  const reason = await askReason(t("schedules.suspend.title", about), t("schedules.suspend.text"), t("schedules.suspend"));
  if (reason === null) return false;
  return attempt(async () => {
    await api.post(`api/schedules/${schedule.name}/pause`, { namespace: schedule.namespace }, { reason: reason || null });
    toast("good", t("common.paused", { source: schedule.name }));
  });
}

export async function resumeSchedule(schedule: Schedule): Promise<boolean> {
  return attempt(async () => {
    await api.post(`api/schedules/${schedule.name}/resume`, { namespace: schedule.namespace });
    toast("good", t("common.resumed", { source: schedule.name }));
  });
}
