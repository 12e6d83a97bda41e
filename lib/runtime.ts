import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';

/** Time, ids and chance. This is the only file in lib and functions that reads them from the machine. */
export type Runtime = {
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly newId: () => string;
  /** Uniform in [0, 1). */
  readonly random: () => number;
};

export const machine: Runtime = {
  now: Date.now,
  sleep: (ms) => setTimeout(ms),
  newId: randomUUID,
  random: Math.random,
};

/** For secrets, which must be unpredictable: nothing replaces their chance. */
export const secretBytes = (length: number): Uint8Array => randomBytes(length);

const replaced = new AsyncLocalStorage<Runtime>();

/** The runtime of the current container, for code that Lambda calls before it has any dependencies. */
export const runtime = (): Runtime => replaced.getStore() ?? machine;

/** Runs work with another runtime: tests and the simulator have their own time, ids and chance. */
export function withRuntime<Result>(other: Runtime, work: () => Result): Result {
  return replaced.run(other, work);
}
