// The Socket.IO connection: progress of running syncs, and word of what has changed.

import { io, type Socket } from "socket.io-client";
import { settings } from "./settings";

export interface ProgressEvent {
  taskId: string;
  type: string;
  status: "queued" | "running" | "completed" | "error";
  progress: { current: number; total: number; percentage: number };
  startedAt?: number;
  completedAt?: number;
  error?: string;
}

export type Kind = "synctasks" | "syncsources" | "syncschedules";

export interface Changed {
  resource: Kind;
  namespace: string;
  names?: string[];
}

export type Connection = "connecting" | "live" | "reconnecting" | "off";

class Live extends EventTarget {
  connection: Connection = "off";
  /** Since when the connection is lost, in milliseconds; 0 while it is not. */
  lostAt = 0;
  #socket: Socket | null = null;
  #progress = new Map<string, ProgressEvent>();

  start(): void {
    if (this.#socket) return;
    const base = new URL(document.baseURI);
    // WebSocket from the beginning: no polling, so any replica will do.
    const socket = io(base.origin, {
      path: `${base.pathname}socket.io`,
      transports: ["websocket"],
      reconnectionDelay: 500,
      reconnectionDelayMax: 5000,
    });
    this.#socket = socket;
    this.#become("connecting");
    // A connection that was given up says nothing more, and is not made again.
    const again = (milliseconds: number): void => {
      setTimeout(() => {
        if (this.#socket === socket) socket.connect();
      }, milliseconds);
    };
    socket.on("connect", () => {
      this.lostAt = 0;
      this.#become("live");
      // What happened before was not told, and what is shown may have been read before: it is read again.
      this.dispatchEvent(new Event("listening"));
    });
    socket.on("disconnect", (reason) => {
      this.#lost();
      // The server itself ended it (a right was lost, or this browser was too slow): that is not retried by the client.
      if (reason === "io server disconnect") again(2000);
    });
    socket.on("connect_error", () => {
      this.#lost();
      if (!socket.active) again(5000);
    });
    socket.on("sync:progress", (event: ProgressEvent) => {
      if (event.status === "running") this.#progress.set(event.taskId, event);
      else this.#progress.delete(event.taskId);
      this.dispatchEvent(new CustomEvent<ProgressEvent>("progress", { detail: event }));
    });
    socket.on("sincro:changed", (changed: Changed) => {
      this.dispatchEvent(new CustomEvent<Changed>("changed", { detail: changed }));
    });
  }

  stop(): void {
    this.#socket?.disconnect();
    this.#socket = null;
    this.lostAt = 0;
    this.#become("off");
  }

  /** The newest progress of a running task, when one was told since this page was opened. */
  of(taskId: string): ProgressEvent["progress"] | undefined {
    return this.#progress.get(taskId)?.progress;
  }

  #lost(): void {
    // Ends that are not heard are not told again: what was told of a sync may be of an attempt that is long over.
    this.#progress.clear();
    if (!this.lostAt) this.lostAt = settings.now = Date.now();
    this.#become("reconnecting");
  }

  #become(connection: Connection): void {
    this.connection = connection;
    this.dispatchEvent(new Event("connection"));
  }
}

export const live = new Live();
