import { seededRandom, VirtualClock } from './clock.ts';
import { CrashPlan, type Moment, Process, type Run, type Special } from './crash.ts';
import { type DeadMessage, type Delivery, VirtualQueue } from './queue.ts';

const RECOVERY_INTERVAL_MS = 60_000;
/** How often an idle worker looks for a message. */
const POLL_MS = 500;
/** How often a test checks a condition that it waits for. */
const LOOK_MS = 20_000;

export type StageOptions<Deps, On> = {
  readonly seed?: number;
  readonly workers?: number;
  readonly plans?: readonly CrashPlan[];
  /** Changes the deps of each process, for example to a bank whose calls arrive late. */
  readonly adjust?: (deps: Deps, on: On) => Deps;
};

/**
 * A queue, workers, and a recovery each minute, on a clock that moves only when all of them wait. Their processes can die
 * at any await.
 */
export abstract class Stage<Deps extends object, Message extends object, Result> {
  readonly clock = new VirtualClock();
  readonly queue = new VirtualQueue<Message>(this.clock.now);
  /** The results of the messages that workers handled. */
  readonly results: Result[] = [];
  /** Run before each await of each process, with its name. */
  readonly observers: ((what: string) => Promise<void>)[] = [];
  /** Off for tests that deliver messages themselves, or that test what happens without recovery. */
  hasWorkers = true;
  hasRecovery = true;

  protected readonly random: () => number;
  readonly #options: StageOptions<Deps, never>;
  readonly #special: Special<Deps>;
  #isPlaying = false;
  #failures: unknown[] = [];

  protected constructor(options: StageOptions<Deps, never>, special: Special<Deps>) {
    this.#options = options;
    this.#special = special;
    this.random = seededRandom(options.seed ?? 1);
  }

  /** Uses the world, then ends it. */
  async during<Result>(use: () => Promise<Result>): Promise<Result> {
    try {
      return await use();
    } finally {
      await this.end();
    }
  }

  /** Closes the clients and the rail. */
  abstract end(): Promise<void>;
  /** The deps of a new process. */
  protected abstract container(): Deps;
  /** What a worker does with a message. */
  protected abstract work(deps: Deps, message: Message, delivery: Delivery<Message>): Promise<Result>;
  /** What recovery does each minute. */
  protected abstract recover(deps: Deps): Promise<void>;
  /** What the function behind the dead-letter queue does. */
  protected abstract bury(dead: DeadMessage<Message>): Promise<void>;

  /** A new process, as of a container that AWS starts: nothing in memory that another one has. */
  process(role: string): Process<Deps> {
    const beforeAwait = (what: string) => this.#observe(what);
    return new Process(this.container(), role, this.#options.plans ?? [], { beforeAwait, special: this.#special });
  }

  /** Prepares a test: runs work in a process that dies at this await. */
  async dieAt<Done>(moment: Moment, what: string, work: (deps: Deps) => Promise<Done>): Promise<void> {
    await this.#observe('a planned death');
    const plan = new CrashPlan(`doomed: ${what}`, moment);
    plan.arm();
    const run = await new Process(this.container(), 'doomed', [plan], { special: this.#special }).run(work);
    if (run.kind !== 'died') throw new Error(`nothing died ${moment} "${what}": ${plan.awaits.join(', ')}`);
  }

  /** The test itself acts between two awaits of a process. */
  interrupt(): void {
    for (const plan of this.#options.plans ?? []) plan.interrupt();
  }

  async #observe(what: string): Promise<void> {
    for (const observe of this.observers) await observe(what);
  }

  /** Runs the flow of the test beside workers and recovery. Throws what any of them threw. */
  async play<Done>(flow: () => Promise<Done>): Promise<Done> {
    this.#isPlaying = true;
    const workers = Array.from({ length: this.#options.workers ?? 1 }, () => this.clock.act(() => this.#work()));
    const others = [...workers, this.clock.act(() => this.#recover())];
    try {
      return await this.clock.act(flow);
    } finally {
      this.#isPlaying = false;
      await Promise.all(others);
      this.#throwFailures();
    }
  }

  #throwFailures(): void {
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, `${this.#failures[0]}`);
  }

  /** Lets virtual time pass until `holds`. @throws Error with `describe` when that takes longer than `patienceMs` */
  async until(holds: () => Promise<boolean>, patienceMs: number, describe: () => Promise<string>): Promise<void> {
    for (const deadline = this.clock.now() + patienceMs; !(await holds()); await this.clock.sleep(LOOK_MS)) {
      if (this.clock.now() < deadline) continue;
      throw new Error(`not after ${patienceMs / 1_000} virtual seconds: ${await describe()}`);
    }
  }

  async recoverNow(): Promise<void> {
    const run = await this.process('recovery').run((deps) => this.recover(deps));
    if (run.kind === 'threw') this.#failures.push(run.error);
  }

  /** A worker's invocation; like Lambda it deletes the message only when it was handled. */
  async handle(delivery: Delivery<Message>, worker = this.process('worker')): Promise<Run<Result>> {
    const run = await worker.run((deps) => this.work(deps, delivery.message, delivery));
    if (run.kind === 'returned') {
      delivery.delete();
      this.results.push(run.value);
    }
    return run;
  }

  async #work(): Promise<void> {
    let container = this.process('worker');
    while (this.#isPlaying) {
      const delivery = this.hasWorkers ? this.queue.receive() : undefined;
      await this.recordDeadLetters();
      if (!delivery) await this.clock.sleep(POLL_MS);
      else {
        const run = await this.handle(delivery, container);
        if (run.kind === 'threw') this.#failures.push(run.error);
        if (run.kind === 'died') container = this.process('worker');
      }
    }
  }

  async recordDeadLetters(): Promise<void> {
    for (const dead of this.queue.dead.splice(0)) await this.bury(dead);
  }

  async #recover(): Promise<void> {
    // Runs that a jump of the clock skipped are not made up for.
    for (let due = 0; ; ) {
      due = Math.max(due, this.clock.now()) + RECOVERY_INTERVAL_MS;
      await this.clock.sleep(due - this.clock.now());
      if (!this.#isPlaying) return;
      if (this.hasRecovery) await this.recoverNow();
    }
  }
}
