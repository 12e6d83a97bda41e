import type { Client, Endpoints } from '../client.ts';
import type { Progress, Tables } from './tables.ts';

/** Where everything is that is looked at. */
export type Place = {
  readonly at: Endpoints;
  readonly stage: string;
  readonly tables: Tables;
  /** The rails' own books. Only the mock bank shows them: without one, what they would prove is not proved. */
  readonly bank: Client | undefined;
  readonly now: () => number;
  readonly onProgress: Progress;
};

/** What was found in one domain. */
export type Findings = {
  /** How much was looked at. */
  readonly looked: string;
  /** The checks by their names, a sentence each. */
  readonly checks: Readonly<Record<string, string>>;
  readonly differences: readonly { readonly check: string; readonly says: string }[];
  /** Checks that could not be made. */
  readonly skipped?: readonly string[];
  /** What is no fault, and good to know. */
  readonly notes?: readonly string[];
};

export type Examine = (place: Place) => Promise<Findings>;

/** `3 batches`, `1 batch`, `12,300 payouts`. */
export function many(count: number, one: string, more = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : more}`;
}

/** `2 COMPLETED, 1 FAILED`, in the order of the names. */
export function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .sort()
    .map(([name, count]) => `${count.toLocaleString('en')} ${name}`)
    .join(', ');
}
