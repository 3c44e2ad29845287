// Calls of the API. Decided here: where it is, how changes prove their origin, and what an error is.

import type { components } from "./schema";

export type Schemas = components["schemas"];
export type Task = Schemas["TaskView"];
export type TaskDetail = Schemas["TaskDetail"];
export type Source = Schemas["SourceView"];
export type Schedule = Schemas["ScheduleView"];
export type Queue = Schemas["QueueView"];
export type Session = Schemas["SessionView"];
export type Metrics = Schemas["OrchestratorMetrics"];
export type History = Schemas["HistoryPage"];
export type Statistics = Schemas["HistoryStatistics"];
export type DeadLetters = Schemas["DeadLetters"];
export type DeadLetterGroup = Schemas["DeadLetterGroup"];
export type Preview = Schemas["Preview"];
export type Accepted = Schemas["SyncAccepted"];
export type Evidence = Schemas["EvidenceView"];
export type Sentence = Schemas["Sentence"];

/** A problem document (RFC 9457), or what stands in for one when no answer came. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly kind: string,
    readonly title: string,
    detail: string,
    readonly members: Record<string, unknown> = {},
  ) {
    super(detail);
  }
}

export type Query = Record<string, string | number | boolean | readonly string[] | null | undefined>;

class Api extends EventTarget {
  csrfToken = "";
  /** Since when the server cannot follow the cluster; null while it can. */
  stale: string | null = null;

  url(path: string, query: Query = {}): string {
    const url = new URL(path, document.baseURI);
    for (const [name, value] of Object.entries(query)) {
      if (value === null || value === undefined || value === "") continue;
      for (const each of Array.isArray(value) ? value : [value]) url.searchParams.append(name, String(each));
    }
    return url.toString();
  }

  async get<T>(path: string, query: Query = {}, signal?: AbortSignal): Promise<T> {
    return (await this.#call("GET", path, query, undefined, signal)) as T;
  }

  async post<T>(path: string, query: Query = {}, body?: unknown): Promise<T> {
    return (await this.#call("POST", path, query, body)) as T;
  }

  async delete(path: string): Promise<void> {
    await this.#call("DELETE", path, {});
  }

  async #call(method: string, path: string, query: Query, body?: unknown, signal?: AbortSignal): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (method !== "GET") headers["X-CSRF-Token"] = this.csrfToken;
    if (body !== undefined) headers["Content-Type"] = "application/json";
    let response: Response;
    try {
      response = await fetch(this.url(path, query), {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        credentials: "same-origin",
        signal,
      });
    } catch (error) {
      if (error instanceof DOMException && error.name === "AbortError") throw error;
      throw new Problem(0, "offline", "", "");
    }
    this.#note(response);
    if (response.status === 204) return undefined;
    const text = await response.text();
    let document: unknown;
    try {
      document = JSON.parse(text);
    } catch {
      throw new Problem(response.status, "unreadable", "", text.slice(0, 200));
    }
    if (response.ok) return document;
    const { type, title, detail, ...members } = document as Record<string, unknown>;
    const kind = String(type ?? "").replace("urn:sincro:problem:", "");
    if (response.status === 401) this.dispatchEvent(new Event("unauthenticated"));
    if (kind === "cross-site") this.dispatchEvent(new Event("another-session"));
    throw new Problem(
      response.status,
      kind,
      String(title ?? ""),
      String(detail ?? response.statusText),
      members,
    );
  }

  #note(response: Response): void {
    if (!response.headers.has("X-Sincro-Stale") && response.status >= 500) return;
    const stale = response.headers.get("X-Sincro-Stale");
    if (stale !== this.stale) {
      this.stale = stale;
      this.dispatchEvent(new Event("stale"));
    }
  }
}

export const api = new Api();
