import { StoredItemError } from '../../lib/kernel/codec.ts';

/** One sentence that names what was expected and what was found, and what it is about: the same at every look. */
export type Difference<Check extends string = string> = {
  readonly check: Check;
  readonly id: string;
  readonly says: string;
};

/** As items come from a table. */
export type Item = Readonly<Record<string, unknown>>;

/** What `read` makes of something, or why it cannot: an audit that stops at the first broken item names none of the others. */
export function attempt<Read>(read: () => Read): { readonly read: Read } | { readonly why: string } {
  try {
    return { read: read() };
  } catch (error) {
    return { why: error instanceof StoredItemError ? error.problems : (error as Error).message };
  }
}

/** All that is wrong with one thing, named by `who`. */
export const differencesOf =
  <Check extends string>(id: string, who = id) =>
  (check: Check, says: readonly string[]): Difference<Check>[] =>
    says.map((each) => ({ check, id, says: `${who}: ${each}` }));

export function unequal(what: string, expected: unknown, found: unknown): string[] {
  return `${expected}` === `${found}` ? [] : [`${what}: expected ${expected}, found ${found}`];
}
