// One reading at a time, as late as is allowed and never lost.

/** Runs an asynchronous reading by appointment. What is asked for while one runs is answered by another one behind it, for
 * the one that runs may have been answered before the thing changed. */
export class Reading {
  #due: number | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = false;

  constructor(private readonly read: () => Promise<void>) {}

  /** Read in `milliseconds`; an earlier appointment stands. */
  within(milliseconds: number): void {
    const due = performance.now() + milliseconds;
    if (this.#due !== undefined && this.#due <= due) return;
    this.#due = due;
    if (!this.#running) this.#arm();
  }

  /** Forget what is asked for. A reading that runs goes on to its end. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#due = undefined;
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#due !== undefined) this.#timer = setTimeout(() => void this.#run(), Math.max(0, this.#due - performance.now()));
  }

  async #run(): Promise<void> {
    this.#due = undefined;
    this.#running = true;
    try {
      await this.read();
    } finally {
      this.#running = false;
      this.#arm();
    }
  }
}
