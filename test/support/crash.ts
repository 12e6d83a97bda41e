/** When a process dies: before the effect of an await, or after it but before its answer. */
export type Moment = 'before' | 'after';
export const MOMENTS: readonly Moment[] = ['before', 'after'];

/** The end of a process at an await. */
export type Death = { readonly name: string; readonly moment: Moment };

/** An await that a process begins. */
type Noted = {
  /** When the process dies, if it dies at this await. */
  readonly death: Moment | undefined;
  /** To be called when the effect has ended. */
  readonly ended: () => void;
};

/** Records every await once it is armed, and names the await at which the process dies. */
export class CrashPlan {
  readonly awaits: string[] = [];
  #isArmed = false;
  readonly #target: { readonly name: string; readonly moment: Moment } | undefined;
  readonly #seen = new Map<string, number>();
  readonly #inFlight = new Map<object, number>();
  /** The await of each process that ended last, while it has none in flight. */
  readonly #last = new Map<object, string>();
  readonly #continued = new Set<string>();
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

  /** Notes that a process begins an await. */
  note(what: string, process: object): Noted {
    const last = this.#last.get(process);
    if (last !== undefined) this.#continued.add(last);
    this.#last.delete(process);
    this.#count(process, 1);
    const name = this.#isArmed ? this.#record(what) : undefined;
    const ended = () => {
      const left = this.#count(process, -1);
      if (left === 0 && name !== undefined) this.#last.set(process, name);
    };
    if (name === undefined || this.#hasStruck || this.#target?.name !== name) return { death: undefined, ended };
    this.#hasStruck = true;
    return { death: this.#target.moment, ended };
  }

  /** Notes that a process has done its work: what a caller does then is not an await. */
  hasEnded(process: object): void {
    this.#last.delete(process);
  }

  /** Notes that the test acts while a process waits for it. */
  interrupt(): void {
    this.#last.clear();
  }

  /**
   * The deaths to play: one before each await, and one after it, unless the process went on to its next await, with none in
   * flight. A death after the one leaves what a death before the other leaves: it stores nothing in between.
   */
  deaths(): Death[] {
    return this.awaits.flatMap((name): Death[] => [
      { name, moment: 'before' },
      ...(this.#continued.has(name) ? [] : [{ name, moment: 'after' } as const]),
    ]);
  }

  #record(what: string): string {
    const nth = (this.#seen.get(what) ?? 0) + 1;
    this.#seen.set(what, nth);
    const name = nth === 1 ? what : `${what} #${nth}`;
    this.awaits.push(name);
    return name;
  }

  #count(process: object, change: 1 | -1): number {
    const inFlight = (this.#inFlight.get(process) ?? 0) + change;
    this.#inFlight.set(process, inFlight);
    return inFlight;
  }
}

export type Run<Result> =
  | { readonly kind: 'died' }
  | { readonly kind: 'returned'; readonly value: Result }
  | { readonly kind: 'threw'; readonly error: unknown };

/** Time, ids and chance: use cases do not wait for these. The rules of approvals and the epoch are cached, and reading them has no effect. */
const AT_ONCE = new Set(['now', 'newId', 'random', 'requestId', 'principal', 'approvalPolicy', 'epoch']);

/** Methods that only describe a write: nothing is awaited. */
const DESCRIBES = /^to[A-Z]/;

/** Run before each await, with its name. */
export type Observer = (what: string) => Promise<void>;

/** Deps of one process whose awaits need other names, or that are more than promises. */
export type Special<Deps extends object> = (deps: Deps, process: Process<Deps>) => Partial<Deps>;

/**
 * A process that can die at any await. Once it is dead, no call of it returns and none begins. Requests that it had sent
 * before still arrive.
 *
 * Its deps are those given, wrapped: every method of an object and every function is one await, called
 * `<role>: <dep>.<method>` or `<role>: <function>`. Time, ids and chance are passed on unchanged; `special` gives the
 * exceptions.
 */
export class Process<Deps extends object> {
  readonly deps: Deps;
  readonly #role: string;
  readonly #plans: readonly CrashPlan[];
  readonly #beforeAwait: Observer;
  readonly #death: Promise<void>;
  #die: () => void = () => {};
  #isDead = false;
  #onTheWire = new Set<Promise<unknown>>();

  /** @param role names the process in the names of its awaits */
  constructor(
    deps: Deps,
    role: string,
    plans: readonly CrashPlan[],
    { beforeAwait = async () => {}, special = () => ({}) }: { beforeAwait?: Observer; special?: Special<Deps> } = {},
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
    this.deps = { ...this.#wrapAll(deps), ...special(deps, this) };
  }

  /** Runs to the end or to its death. After a death it waits for the requests that were sent before. */
  async run<Result>(work: (deps: Deps) => Promise<Result>): Promise<Run<Result>> {
    const ended = work(this.deps).then(
      (value): Run<Result> => ({ kind: 'returned', value }),
      (error: unknown): Run<Result> => ({ kind: 'threw', error }),
    );
    const run = await Promise.race([ended, this.#death.then((): Run<Result> => ({ kind: 'died' }))]);
    for (const plan of this.#plans) plan.hasEnded(this);
    if (run.kind === 'died') while (this.#onTheWire.size > 0) await Promise.allSettled([...this.#onTheWire]);
    return run;
  }

  /** The port, each of whose methods is an await. Every method must be asynchronous. */
  port<Port extends object>(port: Port, describe: (method: string, given: readonly unknown[]) => string): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const method: unknown = Reflect.get(target, name, target);
        if (typeof method !== 'function' || DESCRIBES.test(String(name))) return method;
        return (...given: unknown[]) =>
          this.await(describe(String(name), given), () => method.apply(target, given) as Promise<unknown>);
      },
    });
  }

  /** A stream each of whose steps is an await. */
  async *stream<Value>(what: string, values: AsyncIterable<Value>): AsyncGenerator<Value> {
    const iterator = values[Symbol.asyncIterator]();
    for (;;) {
      const step = await this.await(what, () => iterator.next());
      if (step.done) return;
      yield step.value;
    }
  }

  /**
   * One await of this process.
   * @param track what of the effect arrives even after a death, {@link onTheWire} by default. An effect that itself waits
   *   for this process never ends once it is dead, and must not be waited for.
   */
  async await<Result>(
    what: string,
    effect: () => Promise<Result>,
    track: (effect: Promise<Result>) => void = (started) => this.onTheWire(started),
  ): Promise<Result> {
    if (this.#isDead) return forever();
    await this.#beforeAwait(what);
    if (this.#isDead) return forever();
    const name = `${this.#role}: ${what}`;
    const noted = this.#plans.map((plan) => plan.note(name, this));
    const diesAt = (moment: Moment) => noted.some(({ death }) => death === moment);
    if (diesAt('before')) {
      this.#die();
      return forever();
    }
    const started = effect();
    track(started);
    try {
      return await this.mortal(started);
    } finally {
      for (const { ended } of noted) ended();
      if (diesAt('after')) {
        this.#die();
        await forever();
      }
    }
  }

  /** The answer, unless the process is dead by then. */
  async mortal<Result>(answer: Promise<Result>): Promise<Result> {
    try {
      return await answer;
    } finally {
      if (this.#isDead) await forever();
    }
  }

  /** A request that the process has sent: it arrives even if the process dies. */
  onTheWire(effect: Promise<unknown>): void {
    this.#onTheWire.add(effect);
    const arrived = () => this.#onTheWire.delete(effect);
    effect.then(arrived, arrived);
  }

  #wrapAll(deps: Deps): Deps {
    const wrapped = Object.entries(deps).map(([name, dep]) => {
      if (typeof dep === 'function' && !AT_ONCE.has(name)) {
        return [name, (...given: unknown[]) => this.await(name, () => dep(...given))];
      }
      const isPort = typeof dep === 'object' && dep !== null;
      return [name, isPort ? this.port(dep, (method) => `${name}.${method}`) : dep];
    });
    return Object.fromEntries(wrapped);
  }
}

function forever(): Promise<never> {
  return new Promise(() => {});
}
