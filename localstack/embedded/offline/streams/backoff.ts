import { setTimeout } from 'node:timers/promises';

/** Exponential backoff: each wait is twice as long as the one before, up to a maximum. A stop ends a wait early. */
export class Backoff {
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

  async wait(): Promise<void> {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(ms * 2, this.#longestMs);
    await setTimeout(ms, undefined, { signal: this.#stopped }).catch(() => {}); // rejects at the stop
  }

  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}
