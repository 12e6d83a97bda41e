import pMap from 'p-map';
import { lostAmong, type Recovery } from '../recovery/index.ts';
import type { Batch } from './batch.ts';
import { type Chunk, isOpen, messageOf } from './chunk.ts';
import { completeBatch } from './complete-batch.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';
import { reopenFailures } from './retry-failed.ts';
import { startIfNew } from './start-batch.ts';

const PARALLEL_CHUNKS = 8;

/**
 * Continues what a crash interrupted. It may send a message for work that is still under way: messages are fenced by run,
 * round and lease, so the second one finds nothing to do.
 */
export function recoverBatches(deps: PayoutDeps): Recovery<BatchId> {
  return {
    name: 'batches',
    list: () => deps.batches.listOpen(),
    idOf: (id) => id,
    async recover(id, count) {
      const batch = await deps.batches.read(id);
      const dispatched = batch ? await recoverBatch(deps, batch) : 0;
      if (dispatched > 0) count('dispatched', dispatched);
    },
  };
}

/** @returns how many chunks were dispatched again */
async function recoverBatch(deps: PayoutDeps, batch: Batch): Promise<number> {
  const isStale = (since: number) => since + deps.policy.lostAfterMs <= deps.now();
  switch (batch.status) {
    case 'created':
      // A request with auto_start died after it created the batch and before it started it.
      if (batch.autoStart && isStale(batch.creatorUntil)) await startIfNew(deps, batch.id);
      return 0;
    case 'stopping':
      await completeBatch(deps, batch.id);
      return 0;
    case 'in_progress':
      if (!batch.reopening) return redispatch(deps, batch);
      if (isStale(batch.dispatchedAt)) await reopenFailures(deps, batch);
      return 0;
    default:
      return 0; // `creating` waits for its caller to repeat the request; the index may lag for finished ones
  }
}

/**
 * Sends the messages of open chunks again that may have none. Each lease gets one message, delayed until the lease lapses,
 * so that a chunk whose holder died waits for no later run of the recovery; if the holder lives, the message is of an
 * earlier round by then and is dropped. A chunk whose message was sent again in this round has two of them, so it gets
 * another one only if the queue has none left.
 */
async function redispatch(deps: PayoutDeps, batch: Batch): Promise<number> {
  const now = deps.now();
  const open = (await deps.chunks.readAll(batch.id)).filter((chunk) => isOpen(chunk) && !chunk.deadLetter);
  if (open.length === 0) {
    await completeBatch(deps, batch.id);
    return 0;
  }
  const wasResent = ({ resentAt = 0 }: Chunk) => resentAt > batch.dispatchedAt;
  const overdueMs = ({ lease, dueAt, resentAt = 0 }: Chunk) =>
    now - Math.max(lease?.until ?? dueAt, resentAt, batch.dispatchedAt);
  const { lostAfterMs } = deps.policy;
  const isIdle = () => deps.queue.isIdle();

  const first = open.filter((chunk) => !wasResent(chunk));
  const unleased = first.filter(({ lease }) => !lease);
  const lost = await lostAmong(unleased, overdueMs, { lostAfterMs, isIdle });
  const resent = open.filter((chunk) => wasResent(chunk) && overdueMs(chunk) >= lostAfterMs);
  const lostAgain = resent.length > 0 && (await isIdle()) ? resent : [];

  const again = [...first.filter(({ lease }) => lease), ...lost, ...lostAgain];
  const resend = async (chunk: Chunk) => {
    await deps.queue.send([messageOf(chunk, batch.run)], (chunk.lease?.until ?? now) - now);
    await deps.chunks.markResent(chunk, now);
  };
  await pMap(again, resend, { concurrency: PARALLEL_CHUNKS });
  return again.length;
}
