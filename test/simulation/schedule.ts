import { AsyncResource } from 'node:async_hooks';
import { seededRandom } from '../support/world-clock.ts';

/** 1 January 2026, 00:00 UTC. */
export const BEGINNING = Date.UTC(2026, 0, 1);
/** Turns of the event loop in which nothing new may be waited for before all actors count as waiting. */
const QUIET_TURNS = 2;

type Event = {
  readonly at: number;
  readonly nth: number;
  readonly run: () => void | Promise<void>;
  isCancelled: boolean;
};

export type Chance = {
  /** Uniform in [0, 1). */
  readonly next: () => number;
  /** A whole number, both ends included. */
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
 * Virtual time, and all that is to happen in it, one thing after the other. What happens may take real time, a request to
 * the database say; until it is over, and everybody waits for something that is still to come, nothing else happens. So the
 * same seed gives the same history.
 */
export class Schedule {
  now = BEGINNING;
  /** How many things have happened. */
  happened = 0;
  readonly #events: Event[] = [];
  #isHalted = false;
  #nth = 0;

  /** @returns what cancels it */
  after(ms: number, run: () => void | Promise<void>): () => void {
    this.#nth += 1;
    // On behalf of whoever asks for it: what follows belongs to that actor.
    const event: Event = {
      at: this.now + Math.max(0, Math.ceil(ms)),
      nth: this.#nth,
      run: AsyncResource.bind(run),
      isCancelled: false,
    };
    this.#insert(event);
    return () => {
      event.isCancelled = true;
    };
  }

  readonly sleep = (ms: number): Promise<void> => new Promise((wake) => this.after(ms, wake));

  /** Lets things happen until that moment, or until nothing is to come. */
  async playUntil(time: number): Promise<void> {
    for (let event = this.#next(time); event; event = this.#next(time)) {
      this.now = event.at;
      this.happened += 1;
      await event.run();
      await this.#quiet();
    }
    this.now = Math.max(this.now, time);
  }

  /** Nothing happens any more. */
  halt(): void {
    this.#isHalted = true;
  }

  get isHalted(): boolean {
    return this.#isHalted;
  }

  #next(time: number): Event | undefined {
    if (this.#isHalted) return undefined;
    while (this.#events[0]?.isCancelled) this.#events.shift();
    return this.#events[0] && this.#events[0].at <= time ? this.#events.shift() : undefined;
  }

  /** In order; there are never many. */
  #insert(event: Event): void {
    let at = this.#events.length;
    while (at > 0 && (this.#events[at - 1] as Event).at > event.at) at -= 1;
    this.#events.splice(at, 0, event);
  }

  async #quiet(): Promise<void> {
    for (let still = 0, seen = this.#nth; still < QUIET_TURNS; still += 1) {
      await new Promise((turn) => setImmediate(turn));
      if (this.#nth !== seen) [still, seen] = [-1, this.#nth];
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
