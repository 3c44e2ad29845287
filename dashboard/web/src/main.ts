// The frame around the pages: navigation, choices, sign-in, and the page that the address stands for.

import { LitElement, html, nothing, type TemplateResult } from "lit";
import { customElement, state } from "lit/decorators.js";
import { html as staticHtml, unsafeStatic } from "lit/static-html.js";
import "./styles/main.css";
import { api, Problem, type DeadLetters, type Metrics } from "./api/client";
import { icon, type Icon } from "./components/icons";
import { empty, loading, problemNotice, problemWords } from "./components/parts";
import { toastProblem } from "./components/toasts";
import { moment } from "./format";
import { t, type Key } from "./i18n";
import { live } from "./live";
import { Resource } from "./resource";
import { currentRoute, followLinks, href, type Route } from "./router";
import { session } from "./session";
import { FollowSettings, settings, type Language, type Theme } from "./settings";

const PAGES: Record<string, () => Promise<unknown>> = {
  overview: () => import("./pages/overview"),
  queue: () => import("./pages/queue"),
  task: () => import("./pages/task"),
  schedules: () => import("./pages/schedules"),
  history: () => import("./pages/history"),
  "dead-letters": () => import("./pages/dead-letters"),
  sources: () => import("./pages/sources"),
};
const NAVIGATION: [string, string, Icon][] = [
  ["overview", "", "overview"],
  ["queue", "queue", "queue"],
  ["schedules", "schedules", "schedules"],
  ["history", "history", "history"],
  ["dead-letters", "dead-letters", "dead"],
  ["sources", "sources", "sources"],
];

interface Counts {
  queue: number;
  dead: number;
}

@customElement("sincro-app")
export class App extends LitElement {
  @state() private route: Route = currentRoute();
  @state() private ready = false;
  @state() private open = false;
  @state() private problem: Problem | null = null;
  @state() private signInProblem: Problem | null = null;
  @state() private signedOut = false;
  private counts: Resource<Counts> | null = null;
  #turn = 0;

  constructor() {
    super();
    new FollowSettings(this, false);
  }

  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    followLinks();
    window.addEventListener("sincro:route", () => void this.#go());
    live.addEventListener("connection", () => this.requestUpdate());
    api.addEventListener("stale", () => this.requestUpdate());
    api.addEventListener("unauthenticated", () => {
      session.forget();
      this.signedOut = true;
    });
    // Somebody has signed in in another window: who it is now is shown before anything is done in their name.
    api.addEventListener("another-session", () => void session.load().catch(toastProblem));
    session.addEventListener("change", () => this.requestUpdate());
    settings.addEventListener("tick", () => {
      if (live.lostAt || api.stale) this.requestUpdate();
    });
    void this.#begin();
  }

  async #begin(): Promise<void> {
    try {
      await session.load();
      this.problem = null;
      this.signedOut = false;
      this.#follow();
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem(0, "unexpected", "", String(error));
      if (problem.status !== 401) {
        this.problem = problem;
        setTimeout(() => void this.#begin(), 4000);
      }
    }
    await this.#go();
  }

  #follow(): void {
    this.counts ??= new Resource<Counts>(
      this,
      async (signal) => {
        const scope = { namespace: session.scope };
        const [metrics, dead] = await Promise.all([
          api.get<Metrics>("api/status", scope, signal),
          api.get<DeadLetters>("api/dead-letters", scope, signal),
        ]);
        return { queue: metrics.queueDepth, dead: dead.open };
      },
      ["synctasks"],
    );
  }

  async #go(): Promise<void> {
    const route = currentRoute();
    const moved = route.page !== this.route.page || JSON.stringify(route.params) !== JSON.stringify(this.route.params);
    const turn = (this.#turn += 1);
    try {
      await PAGES[route.page]?.();
    } catch (error) {
      // A newer version of the pages has taken its place: that one has to be loaded, unless nothing else was before.
      if (this.ready) location.reload();
      else this.problem = new Problem(0, "offline", "", String(error));
      return;
    }
    if (turn !== this.#turn) return; // another page was asked for while this one was being fetched
    this.route = route;
    this.ready = true;
    this.open = false;
    await this.updateComplete;
    this.#name();
    if (moved) {
      window.scrollTo(0, 0);
      this.querySelector<HTMLElement>("#content")?.focus({ preventScroll: true });
    }
  }

  #name(): void {
    const key = `nav.${this.route.page}`;
    const page = NAVIGATION.some(([name]) => name === this.route.page) ? t(key as Key) : (this.route.params.id ?? "");
    document.title = page ? `${page} · Sincro` : "Sincro";
  }

  protected override render(): TemplateResult {
    if (this.ready) this.#name();
    if (this.signedOut || (this.ready && !session.current && !this.problem)) return this.#signIn();
    if (!session.current) {
      return html`<main class="main">
        ${this.problem ? problemNotice(this.problem, () => void this.#begin()) : loading()}
      </main>`;
    }
    return html`
      <a class="skip" href="#content" @click=${this.#skip}>${t("app.skip")}</a>
      <div class="frame">
        ${this.#side()}
        <main class="main" id="content" tabindex="-1">
          ${this.#notices()} ${this.ready ? this.#page() : loading()}
        </main>
      </div>
      <sincro-toasts></sincro-toasts>
    `;
  }

  /** The base address makes every fragment one of the overview: the jump is made by hand. */
  #skip = (event: Event): void => {
    event.preventDefault();
    this.querySelector<HTMLElement>("#content")?.focus();
  };

  #page(): unknown {
    if (!(this.route.page in PAGES)) {
      return empty("dash", t("common.notFound"), t("common.notFound.text"), html`<a class="button" href=${href("")}>${t("common.home")}</a>`);
    }
    const tag = unsafeStatic(`sincro-${this.route.page}`);
    return staticHtml`<${tag} .route=${this.route}></${tag}>`;
  }

  #side(): TemplateResult {
    const counts = this.counts?.data;
    const user = session.current!.user;
    return html`<header class="side ${this.open ? "open" : ""}">
      <a class="brand" href=${href("")}><img src="icon.svg" alt="" />Sincro</a>
      <button
        class="button quiet icon-only menu-button"
        aria-label=${t("app.menu")}
        aria-expanded=${this.open ? "true" : "false"}
        aria-controls="navigation"
        @click=${() => (this.open = !this.open)}
      >
        ${icon(this.open ? "cross" : "menu")}
      </button>
      <nav class="nav foldable" id="navigation" aria-label=${t("app.navigation")}>
        ${NAVIGATION.map(
          ([name, path, picture]) => html`<a
            href=${href(path)}
            aria-current=${this.route.page === name ? "page" : nothing}
          >
            ${icon(picture)}${t(`nav.${name}` as Key)}
            ${name === "queue" && counts?.queue ? html`<span class="count">${counts.queue}</span>` : nothing}
            ${name === "dead-letters" && counts?.dead ? html`<span class="count bad">${counts.dead}</span>` : nothing}
          </a>`,
        )}
      </nav>
      <div class="side-foot foldable">
        ${this.#scope()} ${this.#choices()}
        <div class="connection" role="status">
          <span class="dot ${this.#tone()}"></span>
          <span>${t(`live.${live.connection}`)}</span>
        </div>
        <div class="row between">
          <span class="muted small break" title=${t("session.user", { user })}>${icon("person")} ${user}</span>
          ${session.current!.signedInBy === "cookie"
            ? html`<button class="button quiet small" @click=${() => void session.signOut().then(() => (this.signedOut = true), toastProblem)}>
                ${icon("out")}${t("session.signOut")}
              </button>`
            : nothing}
        </div>
      </div>
    </header>`;
  }

  #tone(): string {
    return { live: "good", connecting: "warn pulse", reconnecting: "bad pulse", off: "" }[live.connection];
  }

  #scope(): TemplateResult | typeof nothing {
    const { namespaces } = session.current!;
    if (namespaces.length < 2) return nothing;
    return html`<label class="field small">
      ${t("scope.label")}
      <select @change=${(event: Event) => settings.setNamespace((event.target as HTMLSelectElement).value || null)}>
        <option value="" ?selected=${!session.scope}>${t("scope.all")}</option>
        ${namespaces.map((name) => html`<option value=${name} ?selected=${name === session.scope}>${name}</option>`)}
      </select>
    </label>`;
  }

  #choices(): TemplateResult {
    const themes: Theme[] = ["system", "light", "dark"];
    const languages: [Language, string][] = [
      ["en", "English"],
      ["it", "Italiano"],
    ];
    return html`<div class="stack tight">
      <label class="choice-row">
        ${t("settings.language")}
        <select @change=${(event: Event) => settings.setLanguage((event.target as HTMLSelectElement).value as Language)}>
          ${languages.map(([code, name]) => html`<option value=${code} lang=${code} ?selected=${code === settings.language}>${name}</option>`)}
        </select>
      </label>
      <label class="choice-row">
        ${t("settings.theme")}
        <select @change=${(event: Event) => settings.setTheme((event.target as HTMLSelectElement).value as Theme)}>
          ${themes.map((theme) => html`<option value=${theme} ?selected=${theme === settings.theme}>${t(`theme.${theme}`)}</option>`)}
        </select>
      </label>
    </div>`;
  }

  #notices(): TemplateResult {
    const lost = live.lostAt && settings.now - live.lostAt > 2000;
    return html`${lost
      ? html`<div class="notice warn section" role="status">
          ${icon("cloud")}
          <p>${t("live.lost", { when: moment(live.lostAt) })}</p>
        </div>`
      : nothing}
    ${api.stale
      ? html`<div class="notice bad section" role="alert">
          ${icon("cloud")}
          <p>${t("stale.text", { when: moment(api.stale) })}</p>
        </div>`
      : nothing}`;
  }

  #signIn(): TemplateResult {
    const problem = this.signInProblem;
    const submit = async (event: SubmitEvent): Promise<void> => {
      event.preventDefault();
      const token = String(new FormData(event.target as HTMLFormElement).get("token") ?? "");
      try {
        await session.signIn(token);
        this.signInProblem = null;
        this.signedOut = false;
        this.#follow();
        void this.counts?.reload();
      } catch (error) {
        this.signInProblem = error instanceof Problem ? error : new Problem(0, "unexpected", "", String(error));
      }
    };
    return html`<main class="sign-in">
      <div class="card">
        <form @submit=${submit}>
          <span class="brand"><img src="icon.svg" alt="" />Sincro</span>
          <div class="stack tight">
            <h1>${t("signIn.title")}</h1>
            <p class="muted">${t("signIn.lead")}</p>
          </div>
          ${problem
            ? html`<div class="notice bad" role="alert">${icon("bang")}<p>${t("signIn.failed")} ${problemWords(problem)[1]}</p></div>`
            : nothing}
          <label class="field">
            ${t("signIn.token")}
            <input type="password" name="token" required autocomplete="off" spellcheck="false" />
            <span class="hint">${t("signIn.hint")}</span>
          </label>
          <button class="button primary">${t("signIn.submit")}</button>
        </form>
      </div>
    </main>`;
  }
}
