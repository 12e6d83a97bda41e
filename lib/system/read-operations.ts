import { type CircuitStore, type CircuitView, readCircuits } from '../rail/index.ts';
import { WORK, type Work } from './work.ts';

/** What has ended in a list until a person acts. The dead letters of batches are in the overview of payouts. */
export const DEAD_LETTERS = ['withdrawals', 'rail_notifications', 'webhook_deliveries'] as const;
export type DeadLetters = (typeof DEAD_LETTERS)[number];

/** Without `isWhole` there are more. */
export type Counted = { readonly count: number; readonly isWhole: boolean };

export type OperationsDeps = {
  /** When the oldest work became due that no worker has; ISO 8601 UTC. `now`: epoch milliseconds */
  readonly oldestDue: Readonly<Record<Work, (now: number) => Promise<string | undefined>>>;
  readonly deadLetters: Readonly<Record<DeadLetters, () => Promise<Counted>>>;
  readonly circuits: CircuitStore;
  readonly now: () => number;
};

export type Operations = {
  readonly circuits: readonly CircuitView[];
  readonly oldestDue: Readonly<Record<Work, string | undefined>>;
  readonly deadLetters: Readonly<Record<DeadLetters, Counted>>;
};

/** What waits and what has failed in all domains. It reads stored facts: SQS does not tell the age of a message. */
export async function readOperations({ oldestDue, deadLetters, ...deps }: OperationsDeps): Promise<Operations> {
  const now = deps.now();
  const [circuits, due, dead] = await Promise.all([
    readCircuits(deps),
    all(WORK, (work) => oldestDue[work](now)),
    all(DEAD_LETTERS, (kind) => deadLetters[kind]()),
  ]);
  return { circuits, oldestDue: due, deadLetters: dead };
}

async function all<Name extends string, Value>(names: readonly Name[], read: (name: Name) => Promise<Value>) {
  const found = await Promise.all(names.map(async (name) => [name, await read(name)] as const));
  return Object.fromEntries(found) as Record<Name, Value>;
}
