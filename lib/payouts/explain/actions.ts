import { possibleDecisions } from '../../access/index.ts';
import { counted, type PossibleAction, permitted, postOf } from '../../kernel/explanation.ts';
import { isCancellable, isDue, isFinished, isScheduled, isStartable, isUnderWay } from '../batch.ts';
import type { Chunk } from '../chunk.ts';
import { isTerminal, type Payout } from '../payout.ts';
import type { BatchFacts, PayoutFacts } from './facts.ts';

type Permitted = PossibleAction | false;

export function batchActions(facts: BatchFacts, now: number): PossibleAction[] {
  const { batch } = facts;
  const of = (verb: string) => `/batches/${batch.id}/${verb}`;
  return permitted([
    ...possibleDecisions(facts.approval, now),
    start(facts, now),
    batch.status === 'in_progress' &&
      postOf('stopBatch', of('stop'), 'payouts:write', 'Stop it: once it is stopped, nothing is sent until start.'),
    isScheduled(batch) &&
      !batch.approval &&
      postOf('scheduleBatch', of('schedule'), 'payouts:write', 'Move its start to another time, with `start_at`.'),
    retryFailed(facts),
    redrive(facts),
    isCancellable(batch.status) &&
      postOf('cancelBatch', of('cancel'), 'payouts:write', 'Cancel all of it that was not sent, with a reason.'),
  ]);
}

export function payoutActions({ payout, chunk, ...of }: PayoutFacts, now: number): PossibleAction[] {
  const facts = { ...of, chunks: [chunk] };
  if (isTerminal(payout))
    return permitted([payout.status === 'failed' && payout.failure.retryable && retryFailed(facts)]);
  return permitted([
    ...possibleDecisions(facts.approval, now),
    start(facts, now),
    redrive(facts),
    isWaitingForLookUp(payout, chunk, facts, now) &&
      postOf(
        'lookUpPayout',
        `/payouts/${payout.id}/look-up`,
        'payouts:write',
        'Have the rail asked now, instead of after the pause.',
      ),
    isCancellable(facts.batch.status) &&
      !payout.cancellation &&
      postOf('cancelPayout', `/payouts/${payout.id}/cancel`, 'payouts:write', 'Cancel this payout, with a reason.'),
  ]);
}

function isWaitingForLookUp(
  { status }: Payout,
  { dueAt, lease, deadLetter }: Chunk,
  { batch }: BatchFacts,
  now: number,
) {
  return status === 'unknown' && isUnderWay(batch.status) && !lease && !deadLetter && dueAt > now;
}

function start({ batch }: BatchFacts, now: number): Permitted {
  if (!isStartable(batch)) return false;
  if (isScheduled(batch) && batch.approval && !isDue(batch, now)) return false;
  const sentence = batch.run === 0 ? 'Start the batch now.' : 'Resume the batch.';
  return postOf('startBatch', `/batches/${batch.id}/start`, 'payouts:write', sentence);
}

function retryFailed({ batch, chunks }: BatchFacts): Permitted {
  const retryable = chunks.reduce((sum, chunk) => sum + chunk.failedRetryable, 0);
  if (!isFinished(batch.status) || retryable === 0) return false;
  const sentence = 'Pay the retryable failures of the batch again, each with new attempts.';
  return postOf('retryFailed', `/batches/${batch.id}/retry-failed`, 'payouts:write', sentence);
}

function redrive({ batch, chunks }: BatchFacts): Permitted {
  const dead = chunks.filter(({ deadLetter }) => deadLetter).length;
  if (dead === 0) return false;
  const sentence = `Send ${counted(dead, 'dead-lettered chunk')} to the workers again, once the cause is fixed.`;
  return postOf('redriveBatch', `/batches/${batch.id}/redrive`, 'operations', sentence);
}
