// Who is signed in, and what they may do.

import { api, type Session } from "./api/client";
import { live } from "./live";
import { settings } from "./settings";

export type Right = "sync" | "force" | "cancel" | "pauseSources" | "pauseSchedules" | "evidence" | "log";

class SessionKeeper extends EventTarget {
  current: Session | null = null;

  async load(): Promise<void> {
    this.#take(await api.get<Session>("api/session"));
  }

  async signIn(token: string): Promise<void> {
    this.#take(await api.post<Session>("api/session", {}, { token }));
  }

  async signOut(): Promise<void> {
    await api.delete("api/session");
    this.forget();
  }

  forget(): void {
    this.current = null;
    live.stop();
    this.dispatchEvent(new Event("change"));
  }

  /** Whether something may be done in a namespace; unknown rights are left to the server. */
  may(right: Right, namespace: string): boolean {
    const known = this.current?.permissions[namespace];
    return known === undefined || known.includes(right);
  }

  /** The namespace that pages are narrowed to; nothing for all. */
  get scope(): string | undefined {
    const chosen = settings.namespace;
    return chosen && this.current?.namespaces.includes(chosen) ? chosen : undefined;
  }

  get manyNamespaces(): boolean {
    return (this.current?.namespaces.length ?? 0) > 1 && !this.scope;
  }

  #take(session: Session): void {
    this.current = session;
    api.csrfToken = session.csrfToken;
    live.start();
    this.dispatchEvent(new Event("change"));
  }
}

export const session = new SessionKeeper();
