import { totalsOf } from '../../lib/payouts/chunk.ts';
import type { ChunkStore, HeldLease } from '../../lib/payouts/chunk-store.ts';
import { dynamoBatches } from '../../lib/payouts/dynamo-batches.ts';
import { dynamoChunks } from '../../lib/payouts/dynamo-chunks.ts';
import { payoutId } from '../../lib/payouts/ids.ts';
import { applyOutcome, type Payout } from '../../lib/payouts/payout.ts';
import { firstReference } from '../../lib/rail/attempt.ts';
import { aPayout, currency, type Finding, outcomeAfter } from './builders.ts';
import { type Database, documentClient } from './database.ts';
import { ID, NOW } from './payout-stores.ts';
import { SECRETS } from './secrets.ts';

/*
 * A chunk of three payouts, its leases and its outcomes.
 */

export const CREATED = new Date(NOW).toISOString();
export const LATER = new Date(NOW + 5_000).toISOString();

const UNSENT: Finding = { kind: 'unsent', cause: 'forbidden' };
export const PAID: Finding = { kind: 'paid', bankId: 'BANK-1' };
export const REFUSED: Finding = {
  kind: 'refused',
  failure: { code: 'RATE_LIMITED', message: 'Later.', retryable: true },
};
export const DECLINED: Finding = {
  kind: 'refused',
  failure: { code: 'ACCOUNT_BLOCKED', message: 'No.', retryable: false },
};

/** The payouts of the chunk: three of 1 PHP each. */
export function payouts(): Payout[] {
  return [1, 2, 3].map((position): Payout => {
    const id = payoutId({ batchId: ID, chunk: 1, position });
    return aPayout({
      id,
      externalId: `vendor-${position}`,
      payee: { id: `vendor-${position}` },
      money: { minor: 100n, currency: currency('PHP') },
      destination: { type: 'pix', pixKey: 'key' },
      transactionIds: [],
      reference: firstReference(id),
      updatedAt: CREATED,
    });
  });
}

/** A store with one chunk. */
export async function newChunkStore(
  database: Database,
  client = documentClient(),
  eventsTable = 'none',
): Promise<ChunkStore> {
  const table = await database.newTable();
  const all = payouts();
  const chunk = { batchId: ID, number: 1, size: 3, run: 0, rounds: 0, dueAt: 0, ...totalsOf(all) };
  await dynamoBatches(
    client,
    { payouts: table, events: 'none', access: 'none', imports: 'none' },
    SECRETS,
  ).insertChunks([{ chunk, payouts: all }]);
  return dynamoChunks(client, { payouts: table, events: eventsTable }, SECRETS);
}

type Take = { readonly run?: number; readonly now?: number; readonly chunk?: number; readonly round?: number };

export function take(chunks: ChunkStore, owner: string, { run = 1, now = NOW, chunk = 1, round }: Take = {}) {
  return chunks.lease({ batchId: ID, chunk, run, round, lease: { owner, until: now + 10_000 }, now });
}

export async function leased(chunks: ChunkStore, owner: string, options: Take = {}): Promise<HeldLease> {
  const answer = await take(chunks, owner, options);
  if (answer.kind !== 'leased') throw new Error(`the lease was not to be had: ${answer.kind}`);
  return answer.lease;
}

/** The outcome in which each payout has the given finding; without one, it was not sent. */
export function outcome(findings: readonly Finding[], before = payouts(), maxAttempts = 3) {
  const worked = before.map((payout, index) => ({
    before: payout,
    after: applyOutcome(payout, outcomeAfter(payout, findings[index] ?? UNSENT, maxAttempts), LATER),
  }));
  return {
    changes: worked.filter(({ before, after }) => before !== after),
    totals: totalsOf(worked.map(({ after }) => after)),
    rounds: 1,
    dueAt: NOW + 3_000,
    keepLease: false,
  };
}
