import type { Bank } from '../../lib/bank/port.ts';
import type { PayoutDeps } from '../../lib/payouts/ports.ts';

/** Before the effect, or after the effect but before its answer. */
export type Moment = 'before' | 'after';
export const MOMENTS: readonly Moment[] = ['before', 'after'];

/** Once armed it records every await, and strikes once, the first time that the named one comes. */
export class CrashPlan {
  readonly awaits: string[] = [];
  #isArmed = false;
  readonly #target: { readonly name: string; readonly moment: Moment } | undefined;
  readonly #seen = new Map<string, number>();
  #hasStruck = false;

  constructor(name?: string, moment: Moment = 'before') {
    this.#target = name === undefined ? undefined : { name, moment };
  }

  arm(): void {
    this.#isArmed = true;
  }

  get hasStruck(): boolean {
    return this.#hasStruck;
  }

  /** Notes an await. @returns the moment to die at, if this is the one */
  note(what: string): Moment | undefined {
    if (!this.#isArmed) return undefined;
    const nth = (this.#seen.get(what) ?? 0) + 1;
    this.#seen.set(what, nth);
    const name = nth === 1 ? what : `${what} #${nth}`;
    this.awaits.push(name);
    if (this.#hasStruck || this.#target?.name !== name) return undefined;
    this.#hasStruck = true;
    return this.#target.moment;
  }
}

export type Run<Result> =
  | { readonly kind: 'died' }
  | { readonly kind: 'returned'; readonly value: Result }
  | { readonly kind: 'threw'; readonly error: unknown };

/**
 * A process that can die at any await. Once it is dead no call of it ever returns and none begins; what it had on the
 * wire by then still arrives, as it would in life.
 */
export class Process {
  readonly deps: PayoutDeps;
  readonly #role: string;
  readonly #plans: readonly CrashPlan[];
  readonly #beforeAwait: (what: string) => Promise<void>;
  readonly #death: Promise<void>;
  #die: () => void = () => {};
  #isDead = false;
  #onTheWire = new Set<Promise<unknown>>();

  /** @param role names the process in the names of its awaits @param beforeAwait an observer, run before each await */
  constructor(
    deps: PayoutDeps,
    role: string,
    plans: readonly CrashPlan[],
    beforeAwait: (what: string) => Promise<void> = async () => {},
  ) {
    this.#role = role;
    this.#plans = plans;
    this.#beforeAwait = beforeAwait;
    this.#death = new Promise((resolve) => {
      this.#die = () => {
        this.#isDead = true;
        resolve();
      };
    });
    this.deps = {
      ...deps,
      batches: this.#wrap(deps.batches, (name) => name),
      chunks: this.#wrap(deps.chunks, (name, given) => `${name}${chunkIn(given)}`),
      queue: this.#wrap(deps.queue, (name) => `queue.${name}`),
      bank: this.#wrapBank(deps.bank),
      look: (id) => this.#await('look', () => deps.look(id)),
      sleep: (ms) => this.#await('sleep', () => deps.sleep(ms)),
    };
  }

  /** Runs to the end or to its death; after a death, once all that was on the wire has arrived. */
  async run<Result>(work: (deps: PayoutDeps) => Promise<Result>): Promise<Run<Result>> {
    const ended = work(this.deps).then(
      (value): Run<Result> => ({ kind: 'returned', value }),
      (error: unknown): Run<Result> => ({ kind: 'threw', error }),
    );
    const run = await Promise.race([ended, this.#death.then((): Run<Result> => ({ kind: 'died' }))]);
    if (run.kind === 'died') while (this.#onTheWire.size > 0) await Promise.allSettled([...this.#onTheWire]);
    return run;
  }

  /** Every method of these ports is asynchronous. */
  #wrap<Port extends object>(port: Port, describe: (method: string, given: readonly unknown[]) => string): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name, target);
        if (typeof method !== 'function') return method;
        return (...given: unknown[]) =>
          this.#await(describe(String(name), given), () => method.apply(target, given) as Promise<unknown>);
      },
    });
  }

  /**
   * A send is on the wire only from the moment that it is permitted: before that it waits for a look that may hang. A
   * look-up has no effect that could still arrive, and may wait for its turn behind a send that hangs.
   */
  #wrapBank(bank: Bank): Bank {
    return {
      deadlineMs: bank.deadlineMs,
      isHealthy: () => bank.isHealthy(),
      ask: (reference) =>
        this.#await(
          `ask ${reference}`,
          () => bank.ask(reference),
          () => {},
        ),
      send: (instruction, mayStillSend) => {
        let arrived = () => {};
        const answer = () =>
          bank
            .send(instruction, async () => {
              const may = await this.#mortal(mayStillSend());
              if (may) this.#track(new Promise<void>((resolve) => (arrived = resolve)));
              return may;
            })
            .finally(() => arrived());
        return this.#await(`send ${instruction.reference}`, answer, () => {});
      },
    };
  }

  async #await<Result>(
    what: string,
    effect: () => Promise<Result>,
    track: (effect: Promise<Result>) => void = (started) => this.#track(started),
  ): Promise<Result> {
    if (this.#isDead) return forever();
    await this.#beforeAwait(what);
    if (this.#isDead) return forever();
    const name = `${this.#role}: ${what}`;
    const strikes = this.#plans.map((plan) => plan.note(name));
    if (strikes.includes('before')) {
      this.#die();
      return forever();
    }
    const started = effect();
    track(started);
    try {
      return await this.#mortal(started);
    } finally {
      if (strikes.includes('after')) {
        this.#die();
        await forever();
      }
    }
  }

  /** The answer, unless the process is dead by then: then there is nobody to hear it. */
  async #mortal<Result>(answer: Promise<Result>): Promise<Result> {
    try {
      return await answer;
    } finally {
      if (this.#isDead) await forever();
    }
  }

  #track(effect: Promise<unknown>): void {
    this.#onTheWire.add(effect);
    const arrived = () => this.#onTheWire.delete(effect);
    effect.then(arrived, arrived);
  }
}

function forever(): Promise<never> {
  return new Promise(() => {});
}

/** The chunk that a call of the chunk store is about: a number, or a request, lease or chunk that names it. */
function chunkIn(given: readonly unknown[]): string {
  for (const argument of given) {
    if (typeof argument === 'number') return ` ${argument}`;
    if (typeof argument !== 'object' || argument === null) continue;
    const { chunk, number } = argument as { chunk?: number | { number: number }; number?: number };
    return ` ${typeof chunk === 'object' ? chunk.number : (chunk ?? number)}`;
  }
  return '';
}
