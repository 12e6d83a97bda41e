import { type CircuitStore, type CircuitView, readCircuits } from '../rail/index.ts';
import { type Oldest, WORK, type Work } from './work.ts';

/** What has ended in a list until a person acts. The dead letters of batches are in the overview of payouts. */
export const DEAD_LETTERS = ['withdrawals', 'rail_notifications', 'webhook_deliveries'] as const;
export type DeadLetters = (typeof DEAD_LETTERS)[number];

/** Without `isWhole` there are more. */
export type Counted = { readonly count: number; readonly isWhole: boolean };

/** How far the events are sealed. Times are ISO 8601 UTC. */
export type Sealed = {
  /** Blocks of the chain. */
  readonly number: number;
  /** Sealed events. */
  readonly total: number;
  /** Events before this time are sealed, except for those that were stored late. */
  readonly from: string;
  /** The last run of the sealer. */
  readonly checked_at: string;
};

export type OperationsDeps = {
  /** The oldest work that is due and that no worker has. `now`: epoch milliseconds */
  readonly oldestDue: Readonly<Record<Work, (now: number) => Promise<Oldest | undefined>>>;
  readonly deadLetters: Readonly<Record<DeadLetters, () => Promise<Counted>>>;
  readonly circuits: CircuitStore;
  readonly sealed: () => Promise<Sealed | undefined>;
  readonly now: () => number;
};

export type Operations = {
  readonly circuits: readonly CircuitView[];
  readonly oldestDue: Readonly<Record<Work, Oldest | undefined>>;
  readonly deadLetters: Readonly<Record<DeadLetters, Counted>>;
  readonly sealed: Sealed | undefined;
};

/** What waits and what has failed in all domains. It reads stored facts: SQS does not tell the age of a message. */
export async function readOperations({ oldestDue, deadLetters, sealed, ...deps }: OperationsDeps): Promise<Operations> {
  const now = deps.now();
  const [circuits, due, dead, chain] = await Promise.all([
    readCircuits(deps),
    all(WORK, (work) => oldestDue[work](now)),
    all(DEAD_LETTERS, (kind) => deadLetters[kind]()),
    sealed(),
  ]);
  return { circuits, oldestDue: due, deadLetters: dead, sealed: chain };
}

async function all<Name extends string, Value>(names: readonly Name[], read: (name: Name) => Promise<Value>) {
  const found = await Promise.all(names.map(async (name) => [name, await read(name)] as const));
  return Object.fromEntries(found) as Record<Name, Value>;
}
