import { AsyncLocalStorage } from 'node:async_hooks';
import type { Context } from 'aws-lambda';
import { type Container, inContainer } from '../../lib/container.ts';
import { invoked, type Lineage, NO_LINEAGE } from './recursion.ts';
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
  readonly event: unknown;
  readonly container: object;
  /** Of the messages that it sends. */
  readonly lineage: Lineage;
  isDead: boolean;
  /** The faults that struck its container, in order. */
  readonly faults: string[];
  readonly end: (ended: Ended) => void;
  readonly die: () => void;
};

const underWay = new AsyncLocalStorage<Invocation>();

/** The invocation whose code runs now; undefined outside of functions. */
export const invocation = () => underWay.getStore();

/** A container and the invocations in it, which die together. */
type Place = { readonly container: Container; readonly invocations: Set<Invocation>; readonly faults: string[] };

/**
 * Lambda: a container serves one invocation at a time and is reused, until an invocation dies or times out in it. Functions can
 * also share one container that serves any number of invocations at once, as the process of `npm start` does.
 */
export class Lambda {
  readonly #schedule: Schedule;
  readonly #newContainer: () => Container;
  readonly #idle = new Map<string, Container[]>();
  readonly #sharing = new Set<string>();
  #shared: Place | undefined;
  readonly #underWay = new Set<Invocation>();
  #invocations = 0;
  #running = 0;
  /** No function is invoked: an operator has set their concurrency to 0. */
  isClosed = false;

  constructor(schedule: Schedule, newContainer: () => Container) {
    this.#schedule = schedule;
    this.#newContainer = newContainer;
  }

  /** These functions serve all their invocations in one container. */
  share(...names: readonly string[]): void {
    for (const name of names) this.#sharing.add(name);
  }

  #place(name: string): Place {
    const newPlace = () => ({ container: this.#newContainer(), invocations: new Set<Invocation>(), faults: [] });
    if (!this.#sharing.has(name)) {
      const container = this.#idle.get(name)?.pop();
      return container ? { container, invocations: new Set(), faults: [] } : newPlace();
    }
    this.#shared ??= newPlace();
    return this.#shared;
  }

  /** Whether no function runs. */
  get isIdle(): boolean {
    return this.#running === 0;
  }

  /** Ends all invocations and their containers. */
  killAll(): void {
    for (const one of [...this.#underWay]) one.die();
    this.#idle.clear();
    this.#shared = undefined;
  }

  /** @param before the invocations that led to the event */
  async invoke({ name, handler, timeoutMs }: FunctionOf, event: unknown, before = NO_LINEAGE): Promise<Ended> {
    if (this.isClosed) return { kind: 'died' };
    this.#invocations += 1;
    this.#running += 1;
    const idle = this.#idle.get(name) ?? [];
    this.#idle.set(name, idle);
    const place = this.#place(name);
    const { container, invocations } = place;
    const deadline = this.#schedule.now + timeoutMs;
    const context = {
      awsRequestId: `invocation-${this.#invocations}`,
      functionName: name,
      getRemainingTimeInMillis: () => deadline - this.#schedule.now,
    } as Context;
    const ended = await new Promise<Ended>((resolve) => {
      const one: Invocation = {
        name,
        event,
        container,
        lineage: invoked(name, before),
        isDead: false,
        faults: place.faults,
        end: resolve,
        die: () => {
          if (this.#shared === place) this.#shared = undefined;
          for (const each of invocations) {
            each.isDead = true;
            this.#underWay.delete(each);
            each.end({ kind: 'died' });
          }
        },
      };
      invocations.add(one);
      this.#underWay.add(one);
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
          invocations.delete(one);
          this.#underWay.delete(one);
          if (!one.isDead) resolve(end);
        });
    });
    this.#running -= 1;
    if (ended.kind !== 'died' && !this.#sharing.has(name)) idle.push(container);
    return ended;
  }
}
