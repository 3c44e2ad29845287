// The history: what is over, narrowed by filters that stand in the address.

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { api, type History, type Query, type Source, type Statistics, type Task } from "../api/client";
import { icon } from "../components/icons";
import { asker, changes, empty, errorClass, shown, stateBadge, taskTitle, when } from "../components/parts";
import { duration } from "../format";
import { t, typeName } from "../i18n";
import { Page } from "../page";
import { Resource } from "../resource";
import { href, navigate } from "../router";
import { session } from "../session";
import "../components/chart";

/** Rows to begin with, and how many more each time. */
const PAGE = 50;
/** Rows that the server gives at once. */
const MOST = 500;
const FILTERS = ["source", "type", "state", "user", "from", "until"] as const;
const STATES: Task["state"][] = ["Succeeded", "DeadLettered", "Cancelled", "Superseded", "Shadowed"];
const TYPES = ["customers", "orders", "products", "prices"];

@customElement("sincro-history")
export class HistoryPage extends Page {
  #filters: string | null = null;
  /** Rows that are wanted. */
  #depth = PAGE;

  // Always from the top, so that what ends in between neither takes away what was shown nor shows it twice.
  #page = new Resource<History>(
    this,
    async (signal) => {
      let page: History | undefined;
      const items: Task[] = [];
      do {
        const limit = Math.min(MOST, this.#depth - items.length);
        page = await api.get<History>("api/history", { ...this.#query(), limit, cursor: page?.next }, signal);
        items.push(...page.items);
      } while (page.next && items.length < this.#depth);
      return { ...page, items };
    },
    ["synctasks"],
  );
  #statistics = new Resource<Statistics>(this, (signal) => {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    return api.get("api/history/statistics", { ...this.#query(), since: undefined, until: undefined, zone }, signal);
  });
  #sources = new Resource<Source[]>(this, (signal) => api.get("api/sources", { namespace: session.scope }, signal));

  override willUpdate(): void {
    const filters = this.route.query.toString();
    if (filters === this.#filters) return;
    const first = this.#filters === null;
    this.#filters = filters;
    if (first) return;
    this.#depth = PAGE;
    this.#page.restart();
    void this.#statistics.reload();
  }

  #query(): Query {
    const query = this.route.query;
    const until = query.get("until");
    return {
      namespace: session.scope,
      source: query.getAll("source"),
      type: query.getAll("type"),
      state: query.getAll("state"),
      user: query.get("user"),
      since: localDay(query.get("from")),
      // The day that is named counts in.
      until: until ? localDay(until, 1) : null,
    };
  }

  protected override render(): TemplateResult {
    const partial = this.#page.data?.origin === "cluster";
    const notice = partial ? t(session.current?.history ? "history.databaseAway" : "history.noDatabase") : "";
    return html`<div class="page-head"><h1>${t("history.title")}</h1></div>
      ${notice ? html`<div class="notice warn section" role="status">${icon("info")}<p>${notice}</p></div>` : nothing}
      <section class="card section" aria-label=${t("overview.chart")}>
        <div class="card-body">
          ${this.#statistics.data ? html`<sincro-day-chart .days=${this.#statistics.data.days}></sincro-day-chart>` : html`<div class="chart"></div>`}
        </div>
      </section>
      <section class="card" aria-label=${t("history.title")}>
        ${this.#form()} ${shown(this.#page, (page) => this.#table(page))}
      </section>`;
  }

  #form(): TemplateResult {
    const query = this.route.query;
    const sources = (this.#sources.data ?? []).map((source) => source.name);
    const types = new Set([...TYPES, ...(this.#sources.data ?? []).flatMap((source) => source.types.map((each) => each.type))]);
    const choice = (name: "source" | "type" | "state", options: [string, string][]): TemplateResult => {
      const chosen = query.get(name) ?? "";
      // What is filtered for may have gone, or not be known yet: it is what is chosen all the same.
      if (chosen && !options.some(([value]) => value === chosen)) options.push([chosen, name === "type" ? typeName(chosen) : chosen]);
      return html`<label class="field">
        ${t(`history.filter.${name}`)}
        <select name=${name} .value=${chosen} @change=${this.#choose}>
          <option value="" ?selected=${!chosen}>${t("history.filter.any")}</option>
          ${options.map(([value, text]) => html`<option value=${value} ?selected=${value === chosen}>${text}</option>`)}
        </select>
      </label>`;
    };
    const filtered = FILTERS.some((name) => query.get(name));
    return html`<form class="filters" aria-label=${t("history.filter")} @submit=${(event: Event) => event.preventDefault()}>
      ${choice("source", [...new Set(sources)].map((name) => [name, name]))}
      ${choice("type", [...types].map((type) => [type, typeName(type)]))}
      ${choice("state", STATES.map((state) => [state, t(`state.${state}`)]))}
      <label class="field">
        ${t("history.filter.user")}
        <input type="text" name="user" .value=${query.get("user") ?? ""} maxlength="253" @change=${this.#choose} />
      </label>
      <label class="field">
        ${t("history.filter.from")}
        <input type="date" name="from" .value=${query.get("from") ?? ""} @change=${this.#choose} />
      </label>
      <label class="field">
        ${t("history.filter.until")}
        <input type="date" name="until" .value=${query.get("until") ?? ""} @change=${this.#choose} />
      </label>
      ${filtered
        ? html`<button type="button" class="button quiet" @click=${() => navigate(href("history"))}>${icon("cross")}${t("history.filter.clear")}</button>`
        : nothing}
    </form>`;
  }

  #choose = (event: Event): void => {
    const field = event.target as HTMLInputElement | HTMLSelectElement;
    const query = new URLSearchParams(this.route.query);
    if (field.value) query.set(field.name, field.value);
    else query.delete(field.name);
    navigate(href("history") + (query.size ? `?${query}` : ""), { replace: true });
  };

  #table({ items: tasks, next }: History): TemplateResult {
    if (!tasks.length) {
      return this.route.query.size
        ? empty("history", t("history.noMatch"), "")
        : empty("history", t("history.empty"), t("history.empty.text"));
    }
    return html`<div class="scroll">
        <table class="folds">
          <thead>
            <tr>
              <th>${t("history.column.state")}</th>
              <th>${t("history.column.sync")}</th>
              <th>${t("history.column.by")}</th>
              <th>${t("history.column.changes")}</th>
              <th class="number">${t("history.column.duration")}</th>
              <th>${t("history.column.ended")}</th>
            </tr>
          </thead>
          <tbody>
            ${tasks.map(
              (task) => html`<tr>
                <td>${stateBadge(task)}</td>
                <td class="wide">
                  <div class="row">${taskTitle(task, session.manyNamespaces)}</div>
                  ${task.error && task.state === "DeadLettered"
                    ? html`<p class="muted small break">${errorClass(task.error.class)}: ${task.error.message}</p>`
                    : nothing}
                </td>
                <td>${asker(task)}</td>
                <td>${changes(task.result)}</td>
                <td class="number nowrap">${task.durationMs === null ? "" : duration(task.durationMs)}</td>
                <td class="nowrap">${when(task.completedAt)}</td>
              </tr>`,
            )}
          </tbody>
        </table>
      </div>
      ${next
        ? html`<div class="card-body row"><button class="button" @click=${this.#showMore}>${t("history.more")}</button></div>`
        : nothing}`;
  }

  #showMore = (): void => {
    this.#depth = (this.#page.data?.items.length ?? 0) + PAGE;
    void this.#page.reload();
  };
}

function localDay(text: string | null, later = 0): string | null {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null;
  const [year, month, date] = text.split("-").map(Number);
  return new Date(year!, month! - 1, date! + later).toISOString();
}
