import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'aws-lambda';
import { type Container, inContainer } from '../../lib/container.ts';
import type { Schedule } from './schedule.ts';

/** What came of an invocation. Of one that died nobody hears anything. */
export type Ended =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'died' };

type Handler = (event: never, context: Context) => Promise<unknown>;

export type FunctionOf = {
  readonly name: string;
  readonly handler: Handler;
  readonly timeoutMs: number;
};

/** One that is under way. Once it is dead nothing that it waits for ever comes. */
export type Invocation = {
  readonly name: string;
  readonly container: object;
  isDead: boolean;
  /** What went wrong in it, in order. */
  readonly faults: string[];
  readonly die: () => void;
};

const underWay = new AsyncLocalStorage<Invocation>();

/** Whose code is running; undefined for what happens outside of any function. */
export const invocation = () => underWay.getStore();

/**
 * Lambda: containers that have one invocation at a time and are used again, time-outs, and deaths, after which a container
 * is never seen again.
 */
export class Lambda {
  readonly #schedule: Schedule;
  readonly #newContainer: () => Container;
  readonly #idle = new Map<string, Container[]>();
  #invocations = 0;

  constructor(schedule: Schedule, newContainer: () => Container) {
    this.#schedule = schedule;
    this.#newContainer = newContainer;
  }

  async invoke({ name, handler, timeoutMs }: FunctionOf, event: unknown): Promise<Ended> {
    this.#invocations += 1;
    const idle = this.#idle.get(name) ?? [];
    this.#idle.set(name, idle);
    const container = idle.pop() ?? this.#newContainer();
    const deadline = this.#schedule.now + timeoutMs;
    const context = {
      awsRequestId: `invocation-${this.#invocations}`,
      functionName: name,
      getRemainingTimeInMillis: () => deadline - this.#schedule.now,
    } as Context;
    const ended = await new Promise<Ended>((resolve) => {
      const one: Invocation = {
        name,
        container,
        isDead: false,
        faults: [],
        die: () => {
          one.isDead = true;
          resolve({ kind: 'died' });
        },
      };
      const cancelTimeout = this.#schedule.after(timeoutMs, () => one.die());
      const run = () => inContainer(container, () => handler(event as never, context));
      underWay
        .run(one, run)
        .then(
          (value): Ended => ({ kind: 'returned', value }),
          (error: unknown): Ended => ({ kind: 'threw', error }),
        )
        .then((end) => {
          cancelTimeout();
          if (!one.isDead) resolve(end);
        });
    });
    if (ended.kind !== 'died') idle.push(container);
    return ended;
  }
}
