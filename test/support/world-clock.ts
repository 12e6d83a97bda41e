/** 1 January 2026, 00:00 UTC. */
const BEGINNING = Date.UTC(2026, 0, 1);

type Sleeper = { readonly at: number; readonly wake: () => void };

/**
 * Time that passes only when everyone sleeps. Each flow of work runs inside {@link act}; requests to real servers take
 * no virtual time, and when all flows are asleep the clock jumps to the moment the next one wants to be woken.
 */
export class VirtualClock {
  #now = BEGINNING;
  #awake = 0;
  #sleepers: Sleeper[] = [];

  /** Epoch milliseconds. */
  readonly now = (): number => this.#now;

  readonly sleep = (ms: number): Promise<void> =>
    new Promise((wake) => {
      this.#sleepers.push({ at: this.#now + Math.max(0, ms), wake });
      this.#awake -= 1;
      this.#moveOn();
    });

  /** Runs one flow of work; while it is not asleep, time stands still. */
  async act<Result>(work: () => Promise<Result>): Promise<Result> {
    this.#awake += 1;
    try {
      return await work();
    } finally {
      this.#awake -= 1;
      this.#moveOn();
    }
  }

  /** Lets time pass at once, whatever is under way: a pause of the whole process, or a clock that was set. */
  jump(ms: number): void {
    this.#now += ms;
  }

  #moveOn(): void {
    if (this.#awake > 0) return;
    const [first] = this.#sleepers.toSorted((a, b) => a.at - b.at);
    if (!first) return;
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== first);
    this.#now = Math.max(this.#now, first.at);
    this.#awake += 1;
    first.wake();
  }
}

/** Chance that repeats: mulberry32, uniform in [0, 1). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
