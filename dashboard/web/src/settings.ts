// What the person at this browser has chosen, and the one clock of the page. Everything shown follows it.

import type { ReactiveController, ReactiveControllerHost } from "lit";

export type Language = "en" | "it";
export type Theme = "system" | "light" | "dark";

const THEMES: readonly Theme[] = ["system", "light", "dark"];

function read(key: string): string | null {
  try {
    return localStorage.getItem(`sincro.${key}`);
  } catch {
    return null;
  }
}

function write(key: string, value: string): void {
  try {
    localStorage.setItem(`sincro.${key}`, value);
  } catch {
    // Storage may be forbidden: the choice then holds until the page is left.
  }
}

class Settings extends EventTarget {
  language: Language = document.documentElement.lang === "it" ? "it" : "en";
  theme: Theme = THEMES.find((theme) => theme === read("theme")) ?? "system";
  namespace: string | null = read("namespace") || null;
  now = Date.now();

  constructor() {
    super();
    setInterval(() => {
      if (!document.hidden) this.#tick();
    }, 1000);
    document.addEventListener("visibilitychange", () => this.#tick());
  }

  setLanguage(language: Language): void {
    this.language = language;
    document.documentElement.lang = language;
    write("language", language);
    this.#changed();
  }

  setTheme(theme: Theme): void {
    this.theme = theme;
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    write("theme", theme);
    this.#changed();
  }

  setNamespace(namespace: string | null): void {
    this.namespace = namespace;
    write("namespace", namespace ?? "");
    this.dispatchEvent(new Event("scope"));
    this.#changed();
  }

  #tick(): void {
    this.now = Date.now();
    this.dispatchEvent(new Event("tick"));
  }

  #changed(): void {
    this.dispatchEvent(new Event("change"));
  }
}

export const settings = new Settings();

/** Renders its host again when a choice changes, and each second when it shows times that move. */
export class FollowSettings implements ReactiveController {
  #update: () => void;
  #ticking: boolean;

  constructor(host: ReactiveControllerHost, ticking = true) {
    this.#update = () => host.requestUpdate();
    this.#ticking = ticking;
    host.addController(this);
  }

  hostConnected(): void {
    settings.addEventListener("change", this.#update);
    if (this.#ticking) settings.addEventListener("tick", this.#update);
  }

  hostDisconnected(): void {
    settings.removeEventListener("change", this.#update);
    settings.removeEventListener("tick", this.#update);
  }
}
