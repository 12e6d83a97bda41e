import { seededRandom, Timeline } from '../support/clock.ts';

/** All actors wait if this many turns of the event loop have planned no new event. */
const QUIET_TURNS = 2;

export type Chance = {
  /** Uniform in [0, 1). */
  readonly next: () => number;
  /** A whole number, including both ends. */
  readonly between: (least: number, most: number) => number;
  readonly isTrue: (probability: number) => boolean;
  readonly oneOf: <Value>(values: readonly Value[]) => Value;
};

export function chanceOf(seed: number): Chance {
  const next = seededRandom(seed);
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));
  return {
    next,
    between,
    isTrue: (probability) => next() < probability,
    oneOf: (values) => values[between(0, values.length - 1)] as never,
  };
}

/**
 * Virtual time and its events, one after the other. An event may take real time, for example a request to the database. The next one
 * begins when it is over and all actors wait for events. So the same seed gives the same history.
 */
export class Schedule extends Timeline {
  #isHalted = false;
  #isPlaying = false;
  #skippedMs = 0;

  readonly sleep = (ms: number): Promise<void> => new Promise((wake) => this.after(ms, wake));

  /** Real work that takes no virtual time. While events happen it is one of them, so that no other begins before it is over. */
  readonly standStill = <Result>(work: () => Promise<Result>): Promise<Result> =>
    this.#isPlaying ? new Promise((resolve, reject) => this.after(0, () => work().then(resolve, reject))) : work();

  /** Hours or days in which nothing would happen. What was planned for them happens right after them. */
  skip(ms: number): void {
    this.now += ms;
    this.#skippedMs += ms;
  }

  /** Lets events happen until that moment, or until none is planned. Time that is skipped does not count. */
  async playUntil(time: number): Promise<void> {
    this.#isPlaying = true;
    const next = () => this.advance(time + this.#skippedMs);
    for (let run = next(); run; run = next()) {
      await run();
      await this.#quiet();
    }
    this.#isPlaying = false;
    this.now = Math.max(this.now, time + this.#skippedMs);
  }

  /** No further event happens. */
  halt(): void {
    this.#isHalted = true;
  }

  get isHalted(): boolean {
    return this.#isHalted;
  }

  override advance(until?: number) {
    return this.#isHalted ? undefined : super.advance(until);
  }

  async #quiet(): Promise<void> {
    for (let still = 0, seen = this.planned; still < QUIET_TURNS; still += 1) {
      await new Promise((turn) => setImmediate(turn));
      if (this.planned !== seen) [still, seen] = [-1, this.planned];
    }
  }
}

/**
 * Gives this process the schedule's time and the seed's chance, for libraries that read the globals: the SDK and cockatiel.
 * Our own code gets its runtime from the container. This is the only place in the tests that patches globals.
 * @returns a function that restores them
 */
export function takeOver(schedule: Schedule, chance: Chance): () => void {
  const real = { Date, setTimeout, clearTimeout };
  const realRandom = Math.random;
  const RealDate = Date;
  class VirtualDate extends RealDate {
    constructor(...given: unknown[]) {
      super(...((given.length === 0 ? [schedule.now] : given) as [number]));
    }
    static override now(): number {
      return schedule.now;
    }
  }
  const later = (run: (...given: unknown[]) => void, ms = 0, ...given: unknown[]) => {
    const cancel = schedule.after(ms, () => run(...given));
    const timer = { cancel, ref: () => timer, unref: () => timer, hasRef: () => true, [Symbol.toPrimitive]: () => 0 };
    return timer;
  };
  const forget = (timer: { cancel?: () => void } | undefined) => timer?.cancel?.();
  Object.assign(globalThis, { Date: VirtualDate, setTimeout: later, clearTimeout: forget });
  Math.random = chance.next;
  return () => {
    Object.assign(globalThis, real);
    Math.random = realRandom;
  };
}
