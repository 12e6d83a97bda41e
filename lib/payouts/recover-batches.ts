import { chunk as splitInto } from 'es-toolkit';
import pMap from 'p-map';
import { MESSAGES_PER_CALL } from '../kernel/limits.ts';
import { type Count, lostAmong, type Recovery } from '../recovery/index.ts';
import type { Batch } from './batch.ts';
import { type Chunk, isOpen, messageOf } from './chunk.ts';
import { completeBatch } from './complete-batch.ts';
import { discardBatch } from './discard-batch.ts';
import { endCancels } from './end-cancels.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';
import { reopenFailures } from './retry-failed.ts';
import { startIfDue, startIfNew } from './start-batch.ts';

const PARALLEL_CALLS = 8;

/**
 * Continues what a crash interrupted. It may send a message for work that is still under way: messages are fenced by run,
 * round and lease, so the second one finds nothing to do.
 */
export function recoverBatches(deps: PayoutDeps): Recovery<BatchId> {
  return {
    name: 'batches',
    list: async () => (await Promise.all([deps.batches.listOpen(), deps.batches.listDue(deps.now())])).flat(),
    idOf: (id) => id,
    async recover(id, count, until) {
      const batch = await deps.batches.read(id);
      if (batch) await recoverBatch(deps, batch, { count, until });
    },
  };
}

/** `count` gets the chunks that were dispatched again. Nothing more is dispatched after `until`; the next run continues. */
type Run = { readonly count: Count; readonly until: number };

async function recoverBatch(deps: PayoutDeps, batch: Batch, run: Run): Promise<void> {
  const isStale = (since: number) => since + deps.policy.lostAfterMs <= deps.now();
  switch (batch.status) {
    case 'creating':
      // Its caller may never repeat the request, and other requests wait for the keys that it claims.
      if (batch.claims && isStale(batch.creatorUntil)) await discardBatch(deps, batch);
      return;
    case 'discarding':
      return discardBatch(deps, batch);
    case 'created':
      // A request with auto_start died after it created the batch and before it started it.
      if (batch.autoStart && isStale(batch.creatorUntil)) await startIfNew(deps, { ...batch, status: batch.status });
      return;
    case 'scheduled':
      return startIfDue(deps, batch);
    case 'stopping':
      return completeBatch(deps, batch.id);
    case 'stopped':
      return endCancels(deps, batch, run.until);
    case 'in_progress':
    case 'cancelling':
      if (!batch.reopening) return redispatch(deps, batch, run);
      if (isStale(batch.dispatchedAt)) await reopenFailures(deps, batch);
      return;
    default:
      return; // the index may lag
  }
}

/**
 * Sends the messages of open chunks again that may have none. Each lease gets one message, delayed until the lease lapses,
 * so that a chunk whose holder died waits for no later run of the recovery; if the holder lives, the message is of an
 * earlier round by then and is dropped. A chunk whose message was sent again in this round has two of them, so it gets
 * another one only if the queue has none left.
 */
async function redispatch(deps: PayoutDeps, batch: Batch, { count, until }: Run): Promise<void> {
  const now = deps.now();
  const open = (await deps.chunks.readAll(batch.id)).filter((chunk) => isOpen(chunk) && !chunk.deadLetter);
  if (open.length === 0) return completeBatch(deps, batch.id);
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
  // In whole seconds, so that messages with the same delay go together.
  const secondsOf = ({ lease }: Chunk) => Math.ceil(Math.max(0, (lease?.until ?? now) - now) / 1_000);
  const groups = [...Map.groupBy(again, secondsOf)].flatMap(([seconds, some]) =>
    splitInto(some, MESSAGES_PER_CALL).map((chunks) => ({ seconds, chunks })),
  );
  await pMap(
    groups,
    async ({ seconds, chunks }) => {
      if (deps.now() >= until) return;
      await deps.queue.send(
        chunks.map((chunk) => messageOf(chunk, batch.run)),
        seconds * 1_000,
      );
      await Promise.all(chunks.map((chunk) => deps.chunks.markResent(chunk, now)));
      count('dispatched', chunks.length);
    },
    { concurrency: PARALLEL_CALLS },
  );
}
