import pMap from 'p-map';
import type { Recovery } from '../recovery/index.ts';
import type { Batch } from './batch.ts';
import type { BatchId } from './ids.ts';
import type { Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import { receiveReturn } from './receive-return.ts';

const DAY_MS = 24 * 60 * 60_000;
/** Batches are listed by their creation, and may be started, or retried, so long after it. */
const MAX_DAYS_TO_START = 90;
const PAGE = 500;
const PARALLEL_CHUNKS = 2;
const PARALLEL_LOOK_UPS = 10;

type PaidChunk = { readonly batchId: BatchId; readonly chunk: number };

/**
 * Looks up the completed payouts of the last days, for rails that send no notification when they give money back. What it finds
 * goes the way of a notification. A run that has no time left is continued by the next one, after the last chunk.
 */
export function sweepReturns(deps: PayoutDeps): Recovery<PaidChunk> {
  const since = deps.now() - deps.policy.returnSweepDays * DAY_MS;
  return {
    name: 'returns',
    list: async () => (deps.policy.returnSweepDays === 0 ? [] : chunksPaidSince(deps, since)),
    idOf: ({ batchId, chunk }) => `${batchId}.${String(chunk).padStart(4, '0')}`,
    concurrency: PARALLEL_CHUNKS,
    async recover({ batchId, chunk }, count, until) {
      const payouts = await deps.chunks.readPayouts(batchId, chunk);
      const paid = payouts.filter(({ status, updatedAt }) => status === 'completed' && Date.parse(updatedAt) >= since);
      const lookUp = async (payout: Payout) => {
        if (deps.now() >= until) return;
        count('looked_up');
        if (await isGivenBack(deps, payout)) count('given_back');
      };
      await pMap(paid, lookUp, { concurrency: PARALLEL_LOOK_UPS });
    },
  };
}

async function chunksPaidSince({ batches }: PayoutDeps, since: number): Promise<PaidChunk[]> {
  const createdSince = new Date(since - MAX_DAYS_TO_START * DAY_MS).toISOString();
  const found: Batch[] = [];
  for (let cursor: string | undefined; ; ) {
    const page = await batches.list({ limit: PAGE, cursor });
    found.push(...page.items.filter(({ createdAt }) => createdAt >= createdSince));
    cursor = page.cursor;
    if (cursor === undefined || (page.items.at(-1)?.createdAt ?? '') < createdSince) break;
  }
  const mayHavePaid = found.filter(
    ({ startedAt, finishedAt }) =>
      startedAt !== undefined && (finishedAt === undefined || Date.parse(finishedAt) >= since),
  );
  return mayHavePaid.flatMap(({ id, chunkCount }) =>
    Array.from({ length: chunkCount }, (_, index) => ({ batchId: id, chunk: index + 1 })),
  );
}

async function isGivenBack(deps: PayoutDeps, { reference, money }: Payout): Promise<boolean> {
  const answer = await deps.bank.lookUp(reference);
  if (answer.kind !== 'paid' || !answer.givenBack) return false;
  const { minor, code, at } = answer.givenBack;
  const notice = { reference, money: { ...money, minor }, returned: { code, at } };
  await receiveReturn(deps, `look-up:${reference}:${minor}:${at}`, notice);
  return true;
}
