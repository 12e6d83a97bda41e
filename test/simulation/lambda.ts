import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'aws-lambda';
import { type Container, inContainer } from '../../lib/container.ts';
import type { Schedule } from './schedule.ts';

/** How an invocation ended. */
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

/** An invocation in progress. Once it is dead, none of its promises settles. */
export type Invocation = {
  readonly name: string;
  readonly container: object;
  isDead: boolean;
  /** The faults that struck it, in order. */
  readonly faults: string[];
  readonly die: () => void;
};

const underWay = new AsyncLocalStorage<Invocation>();

/** The invocation whose code runs now; undefined outside of functions. */
export const invocation = () => underWay.getStore();

/**
 * Lambda: a container serves one invocation at a time and is reused, until an invocation dies or times out in it.
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
