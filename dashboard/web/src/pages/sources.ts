// Sources: health, sessions, the circuit breaker, each type, and pausing with a reason.

import { html, nothing, type TemplateResult } from "lit";
import { customElement } from "lit/decorators.js";
import { pauseSource, resumeSource, syncNow } from "../actions";
import { api, type Source } from "../api/client";
import { icon } from "../components/icons";
import { empty, errorClass, healthBadge, shown, when } from "../components/parts";
import { duration, moment, percent, relative } from "../format";
import { t, tn, typeName } from "../i18n";
import { Page } from "../page";
import { Resource } from "../resource";
import { href } from "../router";
import { session } from "../session";

@customElement("sincro-sources")
export class Sources extends Page {
  #sources = new Resource<Source[]>(this, (signal) => api.get("api/sources", { namespace: session.scope }, signal), ["syncsources"]);

  protected override render(): TemplateResult {
    return html`<div class="page-head"><h1>${t("sources.title")}</h1></div>
      ${shown(this.#sources, (sources) =>
        sources.length
          ? html`<div class="columns">${sources.map((source) => this.#source(source))}</div>`
          : html`<div class="card">${empty("sources", t("overview.empty"), t("overview.empty.text"))}</div>`,
      )}`;
  }

  #source(source: Source): TemplateResult {
    const may = session.may("pauseSources", source.namespace);
    const { paused } = source.pause;
    const words = t(paused ? "sources.resume" : "sources.pause");
    const act = async (): Promise<void> => {
      if (await (paused ? resumeSource(source) : pauseSource(source))) void this.#sources.reload();
    };
    const ready = source.conditions.find((each) => each.type === "Ready" && each.status === "False");
    return html`<section class="card" aria-labelledby="source-${source.namespace}-${source.name}">
      <div class="card-head">
        <h2 class="row" id="source-${source.namespace}-${source.name}">
          ${source.name} ${session.manyNamespaces ? html`<span class="tag">${source.namespace}</span>` : nothing} ${healthBadge(source.health)}
        </h2>
        <button class="button small" aria-label="${words}: ${source.name}" ?disabled=${!may} title=${may ? nothing : t("common.noRight")} @click=${() => void act()}>
          ${icon(paused ? "play" : "pause")}${words}
        </button>
      </div>
      <div class="card-body stack">
        ${paused
          ? html`<div class="notice hold">
              ${icon("pause")}
              <div>
                <p>${t("sources.pausedBy", { by: source.pause.by ?? "?", when: source.pause.since ? relative(source.pause.since) : "" })}</p>
                ${source.pause.reason ? html`<p class="break">${source.pause.reason}</p>` : nothing}
              </div>
            </div>`
          : nothing}
        ${ready ? html`<div class="notice bad">${icon("bang")}<p class="break">${ready.message}</p></div>` : nothing}
        <dl class="details">
          <dt>ERP</dt>
          <dd class="break">${source.baseUrl}</dd>
          <dt>${t("sources.slots")}</dt>
          <dd>${t("queue.slots.of", { used: source.running, allowed: source.maxConcurrent })} ${source.queued + source.retrying ? html`<a href=${href("queue")}>· ${tn("queue.depth", source.queued + source.retrying)}</a>` : nothing}</dd>
          <dt>${t("sources.circuit")}</dt>
          <dd>${this.#circuit(source)}</dd>
          <dt>${t("sources.locale")}</dt>
          <dd>${source.locale} · ${source.timeZone}</dd>
        </dl>
        ${source.lastError
          ? html`<div class="notice ${source.health === "Failing" || source.health === "CircuitOpen" ? "warn" : ""}">
              ${icon("bang")}
              <div>
                <p class="strong">${t("sources.lastError")}: ${errorClass(source.lastError.class)} · ${typeName(source.lastError.type)}
                  <span class="nowrap">${when(source.lastError.time, source.timeZone)}</span></p>
                <p class="break">${source.lastError.message}</p>
              </div>
            </div>`
          : nothing}
      </div>
      ${source.types.length
        ? html`<div class="scroll">
            <table class="folds">
              <thead>
                <tr>
                  <th>${t("sources.column.type")}</th>
                  <th>${t("sources.column.last")}</th>
                  <th class="number">${t("sources.column.rate")}</th>
                  <th class="number">${t("sources.column.duration")}</th>
                  <th><span class="visually-hidden">${t("sync.now")}</span></th>
                </tr>
              </thead>
              <tbody>
                ${source.types.map(
                  (type) => html`<tr>
                    <td class="wide"><strong>${typeName(type.type)}</strong></td>
                    <td class="nowrap" data-label=${t("sources.column.last")}>${type.lastSuccess ? when(type.lastSuccess, source.timeZone) : html`<span class="muted">${t("sources.never")}</span>`}</td>
                    <td class="number" data-label=${t("sources.column.rate")}>${type.successRate === null ? "–" : percent(type.successRate)}</td>
                    <td class="number nowrap" data-label=${t("sources.column.duration")}>${type.averageDurationMs ? duration(type.averageDurationMs) : "–"}</td>
                    <td class="number">
                      <button
                        class="button quiet small icon-only"
                        aria-label="${t("sync.now")}: ${typeName(type.type)}, ${source.name}"
                        title=${t("sync.now")}
                        ?disabled=${!session.may("sync", source.namespace)}
                        @click=${() => void syncNow(source.namespace, source.name, type.type)}
                      >
                        ${icon("sync")}
                      </button>
                    </td>
                  </tr>`,
                )}
              </tbody>
            </table>
          </div>`
        : nothing}
    </section>`;
  }

  #circuit(source: Source): TemplateResult {
    const { state, retryAt, consecutiveFailures, message } = source.circuit;
    const words =
      state === "Open"
        ? retryAt
          ? t("sources.circuit.Open", { when: moment(retryAt, source.timeZone) })
          : t("sources.circuit.Open.person")
        : state === "HalfOpen"
          ? t("sources.circuit.HalfOpen")
          : t("sources.circuit.Closed");
    return html`${words}${consecutiveFailures ? html` · ${tn("sources.failures", consecutiveFailures)}` : nothing}
    ${message && state !== "Closed" ? html`<p class="muted small break">${message}</p>` : nothing}`;
  }
}
