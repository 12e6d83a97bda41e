import type { SealedLog } from '../audit.ts';
import type { MockBank } from '../bank.ts';
import type { Endpoints } from '../endpoints.ts';
import type { Groups } from '../settlement/groups.ts';
import type { Difference } from './difference.ts';
import type { Progress, Tables } from './tables.ts';

/** What to examine, and what is needed to do it. */
export type Scope = {
  readonly at: Endpoints;
  readonly tables: Tables;
  readonly seals: SealedLog;
  /** The ledger of the rails. Only the mock bank shows one; without it, the checks that need it are skipped. */
  readonly bank: MockBank | undefined;
  /** Only this batch, withdrawal, wallet, payment or settlement job. */
  readonly id?: string | undefined;
  /** What another program calculated for the file of the job `id`. */
  readonly expected?: Groups | undefined;
  readonly now: () => number;
  readonly onProgress: Progress;
};

export type Findings = {
  /** How much was examined. */
  readonly examined: string;
  /** A description of each check, by its name. */
  readonly checks: Readonly<Record<string, string>>;
  readonly differences: readonly Difference[];
  /** Checks that need the ledger of the rails, when there is none. */
  readonly skipped?: readonly string[];
  /** Facts that are no faults. */
  readonly notes?: readonly string[];
};

export type Examine = (scope: Scope) => Promise<Findings>;

/** `3 batches`, `1 batch`, `12,300 payouts`. */
export function many(count: number, one: string, more = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : more}`;
}

/** `: 2 COMPLETED, 1 FAILED`, sorted by name; nothing if there is none. */
export function countsOf(names: readonly string[]): string {
  const counts = [...Map.groupBy(names, (name) => name)].sort(([a], [b]) => (a < b ? -1 : 1));
  const listed = counts.map(([name, all]) => `${all.length.toLocaleString('en')} ${name}`).join(', ');
  return listed === '' ? '' : `: ${listed}`;
}
