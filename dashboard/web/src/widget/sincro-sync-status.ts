// <sincro-sync-status source="acme" type="customers">: how one sync stands, in somebody else's page.
//
// Attributes: source, type, namespace, server (default: where this file comes from), language (it, en; default the page's).
// Properties: `token`, a string or a function that gives one, for pages of another origin. Without it the browser's own
// session at the server is used, which works for pages of the same site.
// Events: `sincro-progress` with each sync:progress event as detail; `sincro-accepted` when a sync was asked for.

import { io, type Socket } from "socket.io-client";
import { Reading } from "../reading";

type Language = "en" | "it";
type State = "loading" | "idle" | "queued" | "running" | "failed" | "unreachable" | "denied";

interface ProgressEvent {
  taskId: string;
  type: string;
  status: "queued" | "running" | "completed" | "error";
  progress: { current: number; total: number; percentage: number };
  error?: string;
}

interface TypeMetrics {
  lastSync: number;
  lastSuccess: number;
  lastFailure: number;
}

interface TaskRow {
  id: string;
  state: string;
  queuePosition: number | null;
  waitingFor: { message: string } | null;
  progress: ProgressEvent["progress"] | null;
  error: { message: string } | null;
}

const TEXTS = {
  en: {
    loading: "Loading…",
    idle: "Up to date",
    never: "Never synced",
    queued: "Queued",
    place: "place {n} in the queue",
    running: "Syncing",
    rows: "{current} of {total}",
    failed: "The last sync failed",
    unreachable: "Sincro does not answer",
    denied: "Not signed in",
    last: "Last sync {when}",
    now: "Sync now",
    asked: "Asked for",
    problem: "That did not work",
  },
  it: {
    loading: "Caricamento…",
    idle: "Aggiornato",
    never: "Mai sincronizzato",
    queued: "In coda",
    place: "posto {n} in coda",
    running: "Sincronizzazione in corso",
    rows: "{current} di {total}",
    failed: "L'ultima sincronizzazione non è riuscita",
    unreachable: "Sincro non risponde",
    denied: "Accesso non effettuato",
    last: "Ultima sincronizzazione {when}",
    now: "Sincronizza ora",
    asked: "Richiesta inviata",
    problem: "Non è riuscito",
  },
} as const;

const STYLE = `
:host { display: inline-block; min-width: 260px; max-width: 100%; color-scheme: inherit; font: inherit; font-size: 14px; line-height: 1.45; }
:host([hidden]) { display: none; }
.box { display: grid; gap: 8px; padding: 12px 14px; border: 1px solid light-dark(#d5dae2, #343d4a); border-radius: 12px; background: light-dark(#fff, #161b22); color: light-dark(#161b22, #e8ecf2); font-variant-numeric: tabular-nums; }
.head { display: flex; align-items: center; gap: 9px; }
.dot { width: 9px; height: 9px; border-radius: 50%; background: #8e99a8; flex: none; }
.idle .dot { background: #1f9d5b; } .running .dot { background: #2f74de; animation: pulse 1.4s infinite; } .failed .dot { background: #d63b32; }
@keyframes pulse { 50% { opacity: .35; } }
.state { font-weight: 620; } .grow { flex: 1; min-width: 0; }
.detail, .last { color: light-dark(#545e6c, #9ca8b8); font-size: .93em; overflow-wrap: anywhere; margin: 0; }
.failed .detail { color: light-dark(#b3261e, #ff9188); }
.bar { height: 6px; border-radius: 99px; background: light-dark(#edf0f4, #222a34); overflow: hidden; position: relative; }
.bar i { position: absolute; inset: 0 auto 0 0; border-radius: 99px; background: #2f74de; transition: width .35s ease-out; }
.bar.unknown i { width: 30% !important; animation: sweep 1.4s ease-in-out infinite; }
@keyframes sweep { from { left: -30%; } to { left: 100%; } }
button { font: inherit; font-weight: 560; color: inherit; padding: 4px 12px; min-height: 30px; border: 1px solid light-dark(#c3cad6, #3a4452); border-radius: 8px; background: light-dark(#fff, #1a2028); cursor: pointer; white-space: nowrap; }
button:hover:not(:disabled) { background: light-dark(#eef0f4, #10141a); }
button:disabled { color: light-dark(#545e6c, #9ca8b8); cursor: default; border-style: dashed; }
button:focus-visible { outline: 2px solid #3d82ee; outline-offset: 2px; }
[hidden] { display: none !important; }
@media (prefers-reduced-motion: reduce) { * { animation: none !important; transition: none !important; } }
`;

/** Milliseconds between two looks when nothing is told: the connection may be blocked on its way. */
const LOOK_IDLE = 30_000;
const LOOK_BUSY = 3_000;
/** Milliseconds until a connection that the server has refused is tried again. */
const REFUSED = 5_000;
/** Milliseconds after which a server counts as not answering. */
const PATIENCE = 20_000;

export class SincroSyncStatus extends HTMLElement {
  static observedAttributes = ["source", "type", "namespace", "server", "language"];

  /** A bearer token, or a function that gives one (anew each time it is asked). Never set here: it may have been set
   * before this file had come, and a first value would take it away. */
  declare token?: string | (() => string | Promise<string>) | null;

  #state: State = "loading";
  #detail = "";
  #last = 0;
  #progress: ProgressEvent["progress"] | null = null;
  /** Whose progress it is: another sync begins from the start. */
  #progressOf = "";
  /** Counts what was told: an answer that was on its way meanwhile may be older. */
  #told = 0;
  #asking = false;
  #csrf = "";
  #socket: Socket | null = null;
  #looking = new Reading(() => this.#look());
  #clock: ReturnType<typeof setInterval> | undefined;
  #parts: Record<string, HTMLElement> = {};

  connectedCallback(): void {
    if (!this.shadowRoot) this.#build();
    this.#clock = setInterval(() => this.#draw(), 15_000);
    // A framework may set properties just after it has put the element into the page.
    queueMicrotask(() => {
      if (!this.isConnected) return;
      this.#looking.within(0);
      void this.#listen();
    });
  }

  disconnectedCallback(): void {
    this.#looking.stop();
    clearInterval(this.#clock);
    this.#socket?.disconnect();
    this.#socket = null;
  }

  attributeChangedCallback(_name: string, before: string | null, after: string | null): void {
    if (before === after || !this.shadowRoot || !this.isConnected) return;
    this.#socket?.disconnect();
    this.#socket = null;
    this.#state = "loading";
    // Nothing of what was shown is of this one, and another server has another session.
    this.#detail = this.#csrf = "";
    this.#last = 0;
    this.#progress = null;
    this.#draw();
    this.#looking.within(0);
    void this.#listen();
  }

  /** Ask for a sync, as the button does. */
  async sync(): Promise<void> {
    this.#asking = true;
    this.#draw();
    try {
      const query = new URLSearchParams({ source: this.#of("source") });
      if (this.#of("namespace")) query.set("namespace", this.#of("namespace"));
      const answer = await this.#call("POST", `api/${this.#of("type")}/sync?${query}`);
      this.#state = "queued";
      this.#detail = TEXTS[this.#language].asked;
      this.dispatchEvent(new CustomEvent("sincro-accepted", { detail: answer, bubbles: true, composed: true }));
    } catch (error) {
      // The same sync is running already: that is shown by itself.
      if (!(error instanceof Refusal) || error.status !== 409) this.#fail(error, TEXTS[this.#language].problem);
    }
    this.#asking = false;
    this.#draw();
    this.#looking.within(800);
  }

  get #language(): Language {
    const stated = this.#of("language") || this.closest("[lang]")?.getAttribute("lang") || navigator.language;
    return stated.toLowerCase().startsWith("it") ? "it" : "en";
  }

  get #server(): URL {
    const stated = this.#of("server");
    return stated ? new URL(stated.endsWith("/") ? stated : `${stated}/`, document.baseURI) : new URL(/* @vite-ignore */ "./", import.meta.url);
  }

  #of(name: string): string {
    return this.getAttribute(name) ?? "";
  }

  /** What is shown, as one word. */
  get #subject(): string {
    return ["server", "namespace", "source", "type"].map((name) => this.#of(name)).join("\n");
  }

  async #bearer(): Promise<string> {
    return typeof this.token === "function" ? await this.token() : (this.token ?? "");
  }

  async #call(method: string, path: string): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json" };
    const bearer = await this.#bearer();
    if (bearer) headers.Authorization = `Bearer ${bearer}`;
    else if (method !== "GET") {
      if (!this.#csrf) this.#csrf = ((await this.#call("GET", "api/session")) as { csrfToken: string }).csrfToken;
      headers["X-CSRF-Token"] = this.#csrf;
    }
    const response = await fetch(new URL(path, this.#server), {
      method,
      headers,
      credentials: bearer ? "omit" : "same-origin",
      signal: AbortSignal.timeout(PATIENCE),
    });
    const document = (await response.json()) as { detail?: string };
    if (!response.ok) throw new Refusal(response.status, document.detail ?? response.statusText);
    return document;
  }

  /** Read how things stand. */
  async #look(): Promise<void> {
    const source = this.#of("source");
    const type = this.#of("type");
    if (!source || !type || !this.isConnected) return;
    const scope = this.#of("namespace") ? `&namespace=${encodeURIComponent(this.#of("namespace"))}` : "";
    const about = `source=${encodeURIComponent(source)}${scope}`;
    const asked = this.#subject;
    const told = this.#told;
    try {
      const [metrics, active] = (await Promise.all([
        this.#call("GET", `api/status?${about}`),
        this.#call("GET", `api/tasks?${about}&type=${encodeURIComponent(type)}&state=Running&state=Queued&state=Retrying&limit=20`),
      ])) as [{ byType: Record<string, TypeMetrics> }, { items: TaskRow[] }];
      if (asked !== this.#subject) return; // about something else by now, for which another reading is due
      // That it runs was told while the answer was on its way: an answer that does not know it yet is asked for anew.
      if (told !== this.#told && this.#state === "running" && !active.items.some((task) => task.state === "Running")) {
        this.#looking.within(800);
        return;
      }
      this.#take(metrics.byType[type], active.items);
    } catch (error) {
      if (asked !== this.#subject) return;
      this.#fail(error, "");
    }
    this.#draw();
    const busy = this.#state === "running" || this.#state === "queued";
    if (this.isConnected) this.#looking.within(busy && !this.#socket?.connected ? LOOK_BUSY : LOOK_IDLE);
  }

  #take(metrics: TypeMetrics | undefined, active: TaskRow[]): void {
    const texts = TEXTS[this.#language];
    this.#last = metrics?.lastSuccess ?? 0;
    const running = active.find((task) => task.state === "Running");
    const waiting = active.find((task) => task.state !== "Running");
    this.#detail = "";
    if (running) {
      this.#state = "running";
      const another = this.#progressOf !== running.id;
      if (another || !this.#progress || (running.progress && running.progress.current > this.#progress.current)) this.#progress = running.progress;
      this.#progressOf = running.id;
    } else if (waiting) {
      this.#state = "queued";
      this.#progress = null;
      this.#detail = waiting.queuePosition ? texts.place.replace("{n}", String(waiting.queuePosition)) : "";
    } else {
      this.#progress = null;
      this.#state = metrics && metrics.lastFailure > metrics.lastSuccess ? "failed" : "idle";
    }
  }

  #fail(error: unknown, words: string): void {
    if (error instanceof Refusal) {
      if (error.status === 401) this.#state = "denied";
      this.#detail = words ? `${words}: ${error.message}` : error.status === 401 ? "" : error.message;
      if (error.status === 403) this.#csrf = "";
    } else {
      this.#state = "unreachable";
      this.#detail = "";
    }
  }

  async #listen(): Promise<void> {
    // A property may be set just after the attributes: not before the next turn.
    await Promise.resolve();
    if (!this.isConnected || this.#socket) return;
    const server = this.#server;
    const socket = io(server.origin, {
      path: `${server.pathname}socket.io`,
      transports: ["websocket"],
      reconnectionDelayMax: 10_000,
      // Anew for each connection: a token that was good for the first one may be over.
      auth: (answer) =>
        void this.#bearer().then(
          (token) => answer({ token, namespace: this.#of("namespace"), source: this.#of("source"), type: this.#of("type") }),
          () => answer({}),
        ),
    });
    this.#socket = socket;
    // What the server itself has refused or ended is not tried again by the client.
    const again = (): void => {
      setTimeout(() => {
        if (this.#socket === socket) socket.connect();
      }, REFUSED);
    };
    socket.on("connect", () => this.#looking.within(0));
    socket.on("connect_error", () => {
      if (!socket.active) again();
    });
    socket.on("disconnect", (reason) => {
      if (reason === "io server disconnect") again();
    });
    socket.on("sync:progress", (event: ProgressEvent) => {
      if (event.type !== this.#of("type")) return;
      this.dispatchEvent(new CustomEvent("sincro-progress", { detail: event, bubbles: true, composed: true }));
      if (event.status === "running") {
        this.#told += 1;
        this.#progressOf = event.taskId;
        this.#state = "running";
        this.#progress = event.progress;
        this.#detail = "";
        this.#draw();
      } else this.#looking.within(150);
    });
  }

  #build(): void {
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
    const make = (name: string, tag: string, parent: Node): HTMLElement => {
      const element = document.createElement(tag);
      element.className = name;
      parent.appendChild(element);
      this.#parts[name] = element;
      return element;
    };
    const box = make("box", "div", root);
    const head = make("head", "div", box);
    make("dot", "span", head);
    const state = make("state", "span", head);
    state.setAttribute("role", "status");
    make("grow", "span", head);
    const button = make("button", "button", head) as HTMLButtonElement;
    button.type = "button";
    button.addEventListener("click", () => void this.sync());
    const bar = make("bar", "div", box);
    bar.setAttribute("role", "progressbar");
    bar.setAttribute("aria-valuemin", "0");
    bar.setAttribute("aria-valuemax", "100");
    make("fill", "i", bar);
    make("detail", "p", box);
    make("last", "p", box);
    this.#draw();
  }

  #draw(): void {
    if (!this.shadowRoot) return;
    const texts = TEXTS[this.#language];
    const part = (name: string): HTMLElement => this.#parts[name]!;
    const state = this.#state;
    part("box").className = `box ${state}`;
    part("state").textContent = state === "idle" && !this.#last ? texts.never : texts[state];
    const progress = this.#progress;
    const known = progress !== null && progress.total > 0;
    part("bar").hidden = state !== "running";
    part("bar").className = known ? "bar" : "bar unknown";
    part("bar").setAttribute("aria-label", texts.running);
    if (known) part("bar").setAttribute("aria-valuenow", String(Math.round(progress.percentage)));
    else part("bar").removeAttribute("aria-valuenow");
    part("fill").style.width = known ? `${progress.percentage}%` : "30%";
    const number = new Intl.NumberFormat(this.#language);
    const rows = known ? texts.rows.replace("{current}", number.format(progress.current)).replace("{total}", number.format(progress.total)) : "";
    part("detail").textContent = this.#detail || (state === "running" ? rows : "");
    part("detail").hidden = !part("detail").textContent;
    part("last").hidden = !this.#last || state === "running";
    if (this.#last) part("last").textContent = texts.last.replace("{when}", relative(this.#last, this.#language));
    part("last").title = this.#last ? new Date(this.#last).toLocaleString(this.#language) : "";
    const button = part("button") as HTMLButtonElement;
    button.textContent = texts.now;
    button.disabled = this.#asking || state === "running" || state === "denied" || state === "unreachable";
  }
}

class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

function relative(instant: number, language: Language): string {
  const seconds = Math.min(0, Math.round((instant - Date.now()) / 1000));
  const format = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  const units: [Intl.RelativeTimeFormatUnit, number][] = [["day", 86_400], ["hour", 3_600], ["minute", 60]];
  for (const [unit, size] of units) if (-seconds >= size) return format.format(Math.trunc(seconds / size), unit);
  return format.format(0, "minute");
}

if (!customElements.get("sincro-sync-status")) customElements.define("sincro-sync-status", SincroSyncStatus);
