import { explainApproval } from '../../access/index.ts';
import { counted, type Explanation, type Next, timeText } from '../../kernel/explanation.ts';
import { formatMajor } from '../../kernel/money.ts';
import { isLeased } from '../../rail/index.ts';
import type { DeadLetter } from '../../recovery/index.ts';
import { type Batch, isUnderWay } from '../batch.ts';
import { addCounts, addSums, type Chunk, type Counts, endedOf, isOpen, type Sums } from '../chunk.ts';
import { PAYOUT_STATUSES } from '../payout.ts';
import { batchActions } from './actions.ts';
import type { BatchFacts } from './facts.ts';

/** Why a batch has its status, and what happens next. Pure. @param now epoch milliseconds */
export function explainBatch(facts: BatchFacts, now: number): Explanation {
  const { batch, chunks } = facts;
  const { why, next } = explainStatus(facts, now);
  return {
    kind: 'batch',
    id: batch.id,
    status: batch.status,
    why: [...why, ...countsText(facts), ...deadText(chunks)],
    references: [],
    calls: [],
    calls_omitted: 0,
    lease: lastLease(chunks, now),
    next,
    actions: batchActions(facts, now),
  };
}

export type Status = { readonly why: readonly string[]; readonly next: Next };

const soon = (sentence: string): Next => ({ at: null, sentence });
const at = (time: number, sentence: string): Next => ({ at: timeText(time), sentence });

/** What the status of a batch means for all of its payouts. */
export function explainStatus(facts: BatchFacts, now: number): Status {
  const { batch, approval, policy } = facts;
  const { id, status, cancellation } = batch;
  switch (status) {
    case 'creating': {
      const discardedAt = batch.creatorUntil + policy.lostAfterMs;
      const next = batch.claims
        ? at(discardedAt, `Recovery deletes it after ${timeText(discardedAt)}, unless its request is repeated before.`)
        : soon('The same request, sent again, stores the rest.');
      return { why: [`Batch ${id} is not stored whole yet. Nothing of it is sent before that.`], next };
    }
    case 'discarding':
      return {
        why: [`Batch ${id} is being deleted, because its request was refused or given up.`],
        next: soon('The service deletes it, with its payouts.'),
      };
    case 'held':
      return {
        why: [`Batch ${id} is a part of ${batch.upload ?? 'an upload'}, which is not stored whole, or not approved.`],
        next: soon('It follows its upload.'),
      };
    case 'awaiting_approval':
      return awaiting(batch, approval, now);
    case 'created':
      return created(batch, policy.lostAfterMs);
    case 'scheduled': {
      const { startAt = '' } = batch;
      const sentence = `It starts by itself within a minute after ${startAt}.`;
      return { why: [`Batch ${id} waits for its time, ${startAt}.`], next: { at: startAt, sentence } };
    }
    case 'in_progress':
    case 'cancelling':
      return underWay(facts, now);
    case 'stopping':
      return {
        why: [`Batch ${id} is being stopped: no worker sends anything more.`],
        next: soon('It is stopped when no worker holds a chunk of it, and no call of it can arrive any more.'),
      };
    case 'stopped':
      return { why: [`Batch ${id} is stopped: nothing of it is sent until start.`], next: null };
    case 'rejected':
      return {
        why: [`Batch ${id} is rejected${since(batch)}: nothing of it was or will be sent.`],
        next: null,
      };
    case 'completed':
    case 'partially_completed':
    case 'failed':
    case 'cancelled': {
      const reason = cancellation ? [cancelledText(cancellation)] : [];
      return {
        why: [`Batch ${id} is ${status}${since(batch)}: every payout has ended.`, ...reason],
        next: null,
      };
    }
  }
}

const since = ({ finishedAt }: Batch) => (finishedAt ? ` since ${finishedAt}` : '');
export const cancelledText = ({ reason, at: asked }: { readonly reason: string; readonly at: string }) =>
  `Its cancellation was asked for at ${asked}: "${reason}".`;

function awaiting({ id, approval: need }: Batch, approval: BatchFacts['approval'], now: number): Status {
  const { sentence, next } = explainApproval(need?.id, approval, now);
  return { why: [`Batch ${id} is not approved. ${sentence}`], next };
}

function created({ id, upload, autoStart, creatorUntil }: Batch, lostAfterMs: number): Status {
  if (upload) return { why: [`Batch ${id} waits for the start of its upload ${upload}.`], next: null };
  if (!autoStart) return { why: [`Batch ${id} is stored and waits for its start.`], next: null };
  const startedAt = creatorUntil + lostAfterMs;
  return {
    why: [`Batch ${id} is stored. Its request has not started it yet.`],
    next: at(startedAt, `If its request died, recovery starts it after ${timeText(startedAt)}.`),
  };
}

function underWay({ batch, chunks }: BatchFacts, now: number): Status {
  const { id, status, run, startedAt, cancellation } = batch;
  const why =
    status === 'cancelling'
      ? `Batch ${id} is being cancelled: what was not sent is cancelled, and what may have been sent is looked up.`
      : `Batch ${id} is in progress, in run ${run}${startedAt ? `, since ${startedAt}` : ''}.`;
  const reason = cancellation ? [cancelledText(cancellation)] : [];
  return { why: [why, ...reason], next: nextOfChunks(batch, chunks, now) };
}

function nextOfChunks(batch: Batch, chunks: readonly Chunk[], now: number): Next {
  if (batch.reopening) return soon('The failures that are paid again are opened, then sent to the workers.');
  const open = chunks.filter(isOpen);
  if (open.length === 0) return soon('The batch gets its final status.');
  const alive = open.filter((chunk) => !chunk.deadLetter || isLeased(chunk, now));
  if (alive.length === 0) return null;
  const leased = alive.filter((chunk) => isLeased(chunk, now)).length;
  const later = alive.filter((chunk) => !isLeased(chunk, now) && chunk.dueAt > now);
  const due = alive.length - leased - later.length;
  if (leased + due > 0)
    return soon(`Chunks with a worker: ${leased}; due and waiting for one: ${due}; due later: ${later.length}.`);
  const first = Math.min(...later.map(({ dueAt }) => dueAt));
  return at(first, `The next of ${counted(later.length, 'chunk')} is due at ${timeText(first)}.`);
}

function countsText({ batch, chunks }: BatchFacts): string[] {
  const counts = addCounts(chunks.map((chunk) => chunk.counts));
  const parts = PAYOUT_STATUSES.filter((status) => counts[status] > 0).map((status) => `${counts[status]} ${status}`);
  if (parts.length === 0) return [];
  const paid = sumsText(addSums(chunks.map(({ completedAmounts }) => completedAmounts)));
  return [
    `Of ${counted(batch.total, 'payout')} over ${sumsText(batch.amounts)}: ${parts.join(', ')}.`,
    ...(paid === '' ? [] : [`Paid and not given back: ${paid}.`]),
    ...endedText(counts, batch),
  ];
}

function endedText(counts: Counts, { total, status }: Batch): string[] {
  const open = total - endedOf(counts);
  return isUnderWay(status) && open > 0 ? [`Not ended: ${counted(open, 'payout')}.`] : [];
}

const sumsText = (sums: Sums) =>
  [...sums].map(([currency, minor]) => `${formatMajor({ minor, currency })} ${currency}`).join(' and ');

export const deadLetterText = (chunk: number, { at: givenUpAt, receives }: DeadLetter) =>
  `The queue gave up the message of chunk ${chunk} at ${givenUpAt}: it was delivered ${counted(receives, 'time')}.`;

function deadText(chunks: readonly Chunk[]): string[] {
  return chunks.flatMap(({ number, deadLetter }) => (deadLetter ? [deadLetterText(number, deadLetter)] : []));
}

function lastLease(chunks: readonly Chunk[], now: number): Explanation['lease'] {
  const leases = chunks.flatMap((chunk) => (isLeased(chunk, now) && chunk.lease ? [chunk.lease] : []));
  const [last] = [...leases].sort((a, b) => b.until - a.until);
  if (!last) return null;
  const until = timeText(last.until);
  const sentence = `Workers hold ${counted(leases.length, 'chunk')}; the last lease ends at ${until}.`;
  return { holder: last.owner, until, sentence };
}
