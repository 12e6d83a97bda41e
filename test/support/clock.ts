import { AsyncResource } from 'node:async_hooks';

/** 1 January 2026, 00:00 UTC. */
export const BEGINNING = Date.UTC(2026, 0, 1);

type Event = { readonly at: number; readonly run: () => unknown; isCancelled: boolean };

/** Virtual time: a moment, and what happens later, in order. It moves when its owner takes the next event. */
export class Timeline {
  /** Epoch milliseconds. */
  now = BEGINNING;
  /** How many events were planned. */
  planned = 0;
  readonly #events: Event[] = [];

  /** Plans an event in the async context of the caller. @returns a function that cancels it */
  after(ms: number, run: () => unknown): () => void {
    this.planned += 1;
    const event: Event = {
      at: this.now + Math.max(0, Math.ceil(ms)),
      run: AsyncResource.bind(run),
      isCancelled: false,
    };
    let at = this.#events.length; // there are never many
    while (at > 0 && (this.#events[at - 1]?.at ?? 0) > event.at) at -= 1;
    this.#events.splice(at, 0, event);
    return () => {
      event.isCancelled = true;
    };
  }

  /** Moves to the next event up to `until`. @returns what happens then, undefined if nothing is planned */
  advance(until = Number.POSITIVE_INFINITY): (() => unknown) | undefined {
    while (this.#events[0]?.isCancelled) this.#events.shift();
    if (!this.#events[0] || this.#events[0].at > until) return undefined;
    const event = this.#events.shift();
    this.now = Math.max(this.now, event?.at ?? 0);
    return event?.run;
  }
}

/**
 * A clock that moves only when all flows of work sleep. Each flow runs inside {@link act}. Requests to real servers take no
 * virtual time. When all flows are asleep, the clock moves to the moment at which the next one wakes up.
 */
export class VirtualClock {
  readonly #timeline = new Timeline();
  #awake = 0;

  /** Epoch milliseconds. */
  readonly now = (): number => this.#timeline.now;

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#timeline.after(ms, () => {
        this.#awake += 1;
        wake();
      });
      this.#awake -= 1;
      this.#moveOn();
    });

  /** Runs something later, as a flow of its own. */
  readonly after = (ms: number, run: () => Promise<unknown>): void => {
    this.#timeline.after(ms, () => void this.act(run));
  };

  /** Runs one flow of work. While it is awake the clock does not move. */
  async act<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#awake += 1;
    try {
      return await work();
    } finally {
      this.#awake -= 1;
      this.#moveOn();
    }
  }

  /** Moves the clock without running events, like a paused process or a corrected clock. */
  jump(ms: number): void {
    this.#timeline.now += ms;
  }

  #moveOn(): void {
    if (this.#awake <= 0) this.#timeline.advance()?.();
  }
}

/** The same numbers for the same seed: mulberry32, uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
