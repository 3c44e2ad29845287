// How syncs went, day by day: bars for what succeeded, and on top of them what failed.

import { LitElement, html } from "lit";
import { customElement, property } from "lit/decorators.js";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Statistics } from "../api/client";
import { locale, number } from "../format";
import { t } from "../i18n";
import { settings } from "../settings";

@customElement("sincro-day-chart")
export class DayChart extends LitElement {
  @property({ attribute: false }) days: Statistics["days"] = [];
  #plot: uPlot | null = null;
  #observer: ResizeObserver | null = null;
  #drawn = "";
  #media = matchMedia("(prefers-color-scheme: dark)");

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#observer = new ResizeObserver(() => this.#draw(true));
    this.#observer.observe(this);
    this.#media.addEventListener("change", this.#recolour);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#observer?.disconnect();
    this.#media.removeEventListener("change", this.#recolour);
    this.#plot?.destroy();
    this.#plot = null;
    this.#drawn = "";
  }

  #recolour = (): void => this.#draw(true);

  protected override render() {
    const succeeded = this.days.reduce((sum, day) => sum + day.succeeded, 0);
    const failed = this.days.reduce((sum, day) => sum + day.failed, 0);
    const label = `${t("history.chart.label")}: ${number(succeeded)} / ${number(failed)}`;
    if (!succeeded && !failed) return html`<p class="muted">${t("history.chart.none")}</p>`;
    return html`<div class="facts small">
        <span><i class="key" data-tone="good"></i>${t("history.chart.succeeded")}: ${number(succeeded)}</span>
        <span><i class="key" data-tone="bad"></i>${t("history.chart.failed")}: ${number(failed)}</span>
      </div>
      <div class="chart" role="img" aria-label=${label}></div>`;
  }

  protected override updated(): void {
    this.#draw(false);
  }

  #draw(anew: boolean): void {
    const place = this.querySelector<HTMLElement>(".chart");
    if (!place || !place.clientWidth) return;
    const state = JSON.stringify([this.days, place.clientWidth, settings.theme, settings.language]);
    if (!anew && state === this.#drawn && this.#plot?.root.isConnected) return;
    this.#drawn = state;
    this.#plot?.destroy();
    const style = getComputedStyle(this);
    // Colours are pairs that only the browser resolves: a probe says which one holds.
    const colour = (name: string): string => {
      const probe = document.createElement("i");
      probe.style.color = `var(${name})`;
      this.append(probe);
      const found = getComputedStyle(probe).color;
      probe.remove();
      return found;
    };
    const instants = this.days.map((day) => Date.parse(`${day.day}T12:00:00Z`) / 1000);
    const all = this.days.map((day) => day.succeeded + day.failed);
    const failed = this.days.map((day) => day.failed);
    const axis = { stroke: colour("--muted"), font: `12px ${style.fontFamily}`, ticks: { show: false } };
    const format = new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", timeZone: "UTC" });
    const bars = uPlot.paths.bars!({ size: [0.66, 26], radius: 0.2 });
    this.#plot = new uPlot(
      {
        width: place.clientWidth,
        height: 190,
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: true, range: (_u, min, max) => [min - 43_200, max + 43_200] }, y: { range: (_u, _min, max) => [0, Math.max(4, max * 1.1)] } },
        axes: [
          { ...axis, size: 30, grid: { show: false }, values: (_u, splits) => splits.map((at) => format.format(at * 1000)), space: 70 },
          {
            ...axis,
            size: 40,
            grid: { stroke: colour("--line"), width: 1 },
            values: (_u, splits) => splits.map((value) => (Number.isInteger(value) ? number(value) : "")),
          },
        ],
        series: [
          {},
          { fill: colour("--good-solid"), width: 0, paths: bars, points: { show: false } },
          { fill: colour("--bad-solid"), width: 0, paths: bars, points: { show: false } },
        ],
      },
      [instants, all, failed],
      place,
    );
  }
}
