// The pictures of the pages: strokes on a grid of 24, drawn for Sincro.

import { svg, html, type TemplateResult } from "lit";

const PATHS = {
  overview: svg`<path d="M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z" />`,
  queue: svg`<path d="M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01" />`,
  schedules: svg`<path d="M5 6h14v14H5zM5 10h14M9 3v4M15 3v4" />`,
  history: svg`<path d="M4 12a8 8 0 1 0 2.6-5.9M4 4v4h4M12 8v4l3 2" />`,
  dead: svg`<path d="M12 4 3 20h18zM12 10v4M12 17h.01" />`,
  sources: svg`<path d="M4 6c0-3 16-3 16 0v12c0 3-16 3-16 0zM4 6c0 3 16 3 16 0M4 12c0 3 16 3 16 0" />`,
  check: svg`<path d="m5 12 5 5 9-10" />`,
  cross: svg`<path d="m6 6 12 12M18 6 6 18" />`,
  bang: svg`<path d="M12 5v9M12 18h.01" />`,
  pause: svg`<path d="M9 5v14M15 5v14" />`,
  play: svg`<path d="m8 5 11 7-11 7z" />`,
  sync: svg`<path d="M5 11a7 7 0 0 1 12-4l3 3M20 5v5h-5M19 13a7 7 0 0 1-12 4l-3-3M4 19v-5h5" />`,
  turn: svg`<path d="M12 3a9 9 0 1 0 9 9" />`,
  clock: svg`<circle cx="12" cy="12" r="8" /><path d="M12 8v4l3 2" />`,
  person: svg`<circle cx="12" cy="8" r="4" /><path d="M4 21c0-8 16-8 16 0" />`,
  again: svg`<path d="M20 12a8 8 0 1 1-2.6-5.9M20 4v4h-4" />`,
  info: svg`<circle cx="12" cy="12" r="9" /><path d="M12 11v5M12 8h.01" />`,
  menu: svg`<path d="M4 7h16M4 12h16M4 17h16" />`,
  file: svg`<path d="M6 3h8l4 4v14H6zM14 3v4h4" />`,
  out: svg`<path d="M14 4h6v16h-6M4 12h11M11 8l4 4-4 4" />`,
  moon: svg`<path d="M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10" />`,
  cloud: svg`<path d="M7 18a4 4 0 0 1 0-8 5 5 0 0 1 10 0 4 4 0 0 1 0 8M3 3l18 18" />`,
  dash: svg`<path d="M6 12h12" />`,
};

export type Icon = keyof typeof PATHS;

export function icon(name: Icon, extra = ""): TemplateResult {
  return html`<svg class="icon ${extra}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${PATHS[name]}</svg>`;
}
