import type { Child, RunningProcess } from './children.ts';

/** A child process that can be killed and started again on purpose. Every other end of it is a failure. */
export class Restartable {
  readonly #launch: () => Child;
  readonly #failed = Promise.withResolvers<string>();
  #child: Child;
  #killed: Child | undefined;
  #restarts = 0;
  #isRestarting = false;
  #isStopping = false;

  constructor(launch: () => Child) {
    this.#launch = launch;
    this.#child = this.#start();
  }

  /** Resolves with a message for the user when the process ended and is not started again. */
  get exited(): Promise<string> {
    return this.#failed.promise;
  }

  get ready(): Promise<void> {
    return this.#child.ready;
  }

  /** Undefined after a kill, until there is a new process. */
  get process(): RunningProcess | undefined {
    return this.#child === this.#killed ? undefined : this.#child;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get isRestarting(): boolean {
    return this.#isRestarting;
  }

  #start(): Child {
    const child = this.#launch();
    child.exited.then((message) => child !== this.#killed && this.#failed.resolve(message));
    return child;
  }

  /**
   * kill -9, and a new process. Resolves when that is ready; never if it fails, or if `stop` is called.
   * @param between runs while there is no process
   */
  async restart(between: () => Promise<void>): Promise<void> {
    this.#isRestarting = true;
    this.#killed = this.#child;
    this.#killed.kill();
    await this.#killed.exited;
    await between();
    if (this.#isStopping) return new Promise(() => {});
    this.#child = this.#start();
    this.#restarts += 1;
    await this.ready;
    this.#isRestarting = false;
  }

  stop(graceMs: number): Promise<void> {
    this.#isStopping = true;
    return this.#child.stop(graceMs);
  }
}
