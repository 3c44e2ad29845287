// What a page shows: read when the page opens, and again when the cluster says that it has changed.

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { Problem } from "./api/client";
import { live, type Changed, type Kind } from "./live";
import { settings } from "./settings";

/** Milliseconds between two readings that changes cause: many browsers must not overrun the server. */
const CALM = 1200;
/** Milliseconds after which everything is read again even if nothing was said. */
const ANYWAY = 60_000;

export class Resource<T> implements ReactiveController {
  data: T | undefined;
  problem: Problem | undefined;
  loading = false;
  #abort: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #regular: ReturnType<typeof setInterval> | undefined;
  #readAt = 0;
  #outdated = false;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly read: (signal: AbortSignal) => Promise<T>,
    private readonly follows: readonly Kind[] = [],
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    live.addEventListener("changed", this.#changed);
    live.addEventListener("progress", this.#progress);
    live.addEventListener("listening", this.#listening);
    settings.addEventListener("scope", this.#scope);
    this.#regular = setInterval(() => {
      if (!document.hidden) this.#soon();
    }, ANYWAY);
    void this.reload();
  }

  hostDisconnected(): void {
    live.removeEventListener("changed", this.#changed);
    live.removeEventListener("progress", this.#progress);
    live.removeEventListener("listening", this.#listening);
    settings.removeEventListener("scope", this.#scope);
    clearInterval(this.#regular);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#abort?.abort();
  }

  /** Forget what is shown and read anew: for another filter, another scope. */
  restart(): void {
    this.data = this.problem = undefined;
    void this.reload();
  }

  async reload(): Promise<void> {
    this.#abort?.abort();
    const abort = (this.#abort = new AbortController());
    this.loading = true;
    this.#outdated = false;
    this.#readAt = Date.now();
    this.host.requestUpdate();
    try {
      const data = await this.read(abort.signal);
      if (abort.signal.aborted) return;
      this.data = data;
      this.problem = undefined;
    } catch (error) {
      if (abort.signal.aborted) return;
      this.problem = error instanceof Problem ? error : new Problem(0, "unexpected", "", String(error));
      // It is gone, or not for these eyes any more. A server that is away for a while says nothing of the kind.
      if (this.problem.status === 403 || this.problem.status === 404) this.data = undefined;
      // A server that starts, or a cluster that comes back, is asked again without anybody's doing.
      if (this.problem.status === 503 || this.problem.status === 0) this.#later(3000);
    }
    this.loading = false;
    this.host.requestUpdate();
    if (this.#outdated) this.#soon();
  }

  #changed = (event: Event): void => {
    const { resource } = (event as CustomEvent<Changed>).detail;
    if (this.follows.includes(resource)) this.#soon();
  };

  #progress = (): void => {
    if (this.follows.includes("synctasks")) this.host.requestUpdate();
  };

  #listening = (): void => this.#soon();

  #scope = (): void => this.restart();

  #soon(): void {
    this.#later(Math.max(0, this.#readAt + CALM - Date.now()));
  }

  #later(milliseconds: number): void {
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      // A reading that runs comes to its end: a slow server that is asked anew at each change would never be heard.
      if (this.loading) this.#outdated = true;
      else void this.reload();
    }, milliseconds);
  }
}
