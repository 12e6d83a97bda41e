import { StoredItemError } from '../../lib/kernel/codec.ts';

/** The expected and the found state of a check. `check` and `id` stay the same when the check is repeated. */
export type Difference<Check extends string = string> = {
  readonly check: Check;
  /** What the difference is about: a batch, a wallet, a job ... */
  readonly id: string;
  readonly message: string;
};

/** An item as it comes from a table. */
export type Item = Readonly<Record<string, unknown>>;

/** Returns the error instead of throwing it: an unreadable item must not hide the items after it. */
export function attempt<Value>(read: () => Value): { readonly value: Value } | { readonly error: string } {
  try {
    return { value: read() };
  } catch (error) {
    return { error: error instanceof StoredItemError ? error.problems : (error as Error).message };
  }
}

/** Makes differences of one thing. Each message begins with `name`. */
export const differencesOf =
  <Check extends string>(id: string, name = id) =>
  (check: Check, messages: readonly string[]): Difference<Check>[] =>
    messages.map((message) => ({ check, id, message: `${name}: ${message}` }));

export function unequal(what: string, expected: unknown, found: unknown): string[] {
  return `${expected}` === `${found}` ? [] : [`${what}: expected ${expected}, found ${found}`];
}
