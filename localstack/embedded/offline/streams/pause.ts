/** Waiting a little longer each time. */

import { setTimeout } from 'node:timers/promises';

/** Pauses that double, from the first to the longest, until it went well again. A stop cuts them short. */
export class Pause {
  readonly #firstMs: number;
  readonly #longestMs: number;
  readonly #stopped: AbortSignal;
  #nextMs: number;

  constructor(firstMs: number, longestMs: number, stopped: AbortSignal) {
    this.#firstMs = firstMs;
    this.#longestMs = longestMs;
    this.#stopped = stopped;
    this.#nextMs = firstMs;
  }

  async take(): Promise<void> {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(ms * 2, this.#longestMs);
    await setTimeout(ms, undefined, { signal: this.#stopped }).catch(() => {}); // the stop is no error
  }

  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
