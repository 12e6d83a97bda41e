import type { z } from 'zod';
import { exactNumber } from '../kernel/exact-json.ts';
import { formatMajor, type Money } from '../kernel/money.ts';
import type * as answers from './answers.ts';
import type { Batch } from './batch.ts';
import type { BatchRequest } from './batch-request.ts';
import { addSums, type Chunk, type Counts, endedOf, isOpen, type Sums } from './chunk.ts';
import { fitting } from './fitting.ts';
import { placeOf } from './ids.ts';
import type { Notification } from './notification.ts';
import { type Destination, unknownSince } from './payout.ts';
import type { BatchWithChunks, ShownDuplicate, ShownPayout } from './read-batches.ts';
import type { Overview } from './read-overview.ts';
import type { RejectedRow } from './rejected-row.ts';
import type { Kept } from './retry-failed.ts';

/** The JSON that clients see. Amounts are exact: `amount` in major units, `amount_minor` in minor units. */
export function createdView(
  { id, total, duplicates, invalid, amounts, autoStart, approval, createdAt }: Batch,
  { startAt, rejected = [] }: Pick<BatchRequest, 'startAt' | 'rejected'>,
): z.input<typeof answers.createdBatch> {
  // Only fields that never change, so that a repeated request gets the same answer at any time. The time of the batch may change.
  const startedBy = startAt === undefined ? 'in_progress' : 'scheduled';
  return {
    batch_id: id,
    status: approval ? 'awaiting_approval' : autoStart ? startedBy : 'created',
    approval_id: approval?.id ?? null,
    total_count: total,
    duplicates_count: duplicates,
    invalid_count: invalid,
    invalid: invalidView(rejected),
    totals: sumsView(amounts),
    start_at: startAt ?? null,
    created_at: createdAt,
  };
}

export function headerView(batch: Batch): z.input<typeof answers.batchHeader> {
  return {
    batch_id: batch.id,
    status: batch.status,
    approval_id: batch.approval?.id ?? null,
    run: batch.run,
    total_count: batch.total,
    duplicates_count: batch.duplicates,
    invalid_count: batch.invalid,
    totals: sumsView(batch.amounts),
    start_at: batch.startAt ?? null,
    started_late_seconds: batch.startedLateSeconds ?? null,
    created_at: batch.createdAt,
    started_at: batch.startedAt ?? null,
    finished_at: batch.finishedAt ?? null,
    cancellation: batch.cancellation ?? null,
  };
}

export function batchView({ batch, chunks, counts }: BatchWithChunks): z.input<typeof answers.batchAnswer> {
  const dead = chunks.flatMap(({ number, deadLetter }) =>
    deadLetter ? [{ chunk: number, ...deadLetterView(deadLetter) }] : [],
  );
  return {
    ...headerView(batch),
    counts: countsView(counts),
    statistics: statisticsView(batch.total, counts),
    completed_totals: sumsView(addSums(chunks.map((chunk) => chunk.completedAmounts))),
    failed_totals: sumsView(addSums(chunks.map((chunk) => chunk.failedAmounts))),
    cancelled_totals: sumsView(addSums(chunks.map((chunk) => chunk.cancelledAmounts))),
    returned_totals: sumsView(addSums(chunks.map((chunk) => chunk.returnedAmounts))),
    retryable_failures: chunks.reduce((sum, chunk) => sum + chunk.failedRetryable, 0),
    dead_letters: dead,
  };
}

export function chunkView(chunk: Chunk): z.input<typeof answers.chunkAnswer> {
  const { number, size, counts, rounds, dueAt, lease, deadLetter } = chunk;
  return {
    chunk: number,
    total_count: size,
    counts: countsView(counts),
    rounds,
    due_at: dueAt === 0 ? null : new Date(dueAt).toISOString(),
    lease: lease ? { owner: lease.owner, until: new Date(lease.until).toISOString() } : null,
    dead_lettered: deadLetter !== undefined,
  };
}

export function payoutView({ payout, status }: ShownPayout): z.input<typeof answers.payoutAnswer> {
  return {
    payout_id: payout.id,
    external_id: payout.externalId,
    payee: payout.payee,
    ...moneyView(payout.money),
    destination: maskedDestination(payout.destination),
    transaction_ids: [...payout.transactionIds],
    status,
    reference: payout.reference,
    attempts: payout.attempts,
    failure: 'failure' in payout ? payout.failure : null,
    bank_id: 'bankId' in payout ? payout.bankId : null,
    returned: 'returned' in payout ? payout.returned : null,
    cancellation: payout.cancellation ?? null,
    unknown_since: unknownSince(payout) ?? null,
    updated_at: payout.updatedAt,
  };
}

export function overviewView(overview: Overview): z.input<typeof answers.overviewAnswer> {
  const { open, isWhole, counts, inFlight, oldestUnknown, oldestWaiting, throughput } = overview;
  return {
    open_batches: open.map(({ batch, chunks, counts: own }) => ({
      ...headerView(batch),
      counts: countsView(own),
      dead_lettered_chunks: chunks.filter((chunk) => chunk.deadLetter && isOpen(chunk)).length,
    })),
    is_whole: isWhole,
    counts: countsView(counts),
    in_flight: sumsView(inFlight),
    oldest_unknown: oldestUnknown ? payoutView({ payout: oldestUnknown, status: 'unknown' }) : null,
    oldest_waiting: oldestWaiting
      ? {
          batch_id: oldestWaiting.batchId,
          chunk: oldestWaiting.chunk,
          since: new Date(oldestWaiting.since).toISOString(),
        }
      : null,
    throughput: {
      until: throughput.until,
      minutes: throughput.minutes.map(({ paid: _, ...minute }) => minute),
      paid: sumsView(throughput.paid),
    },
  };
}

export function invalidView(rejected: readonly RejectedRow[]) {
  return fitting(rejected.flatMap(({ problems }) => problems));
}

export function keptView({ payoutId: id, holder }: Kept) {
  return { payout_id: id, holder_payout_id: holder };
}

export function duplicateView({ duplicate, status }: ShownDuplicate) {
  const { externalId, money, key, holder } = duplicate;
  return {
    external_id: externalId,
    ...moneyView(money),
    key,
    holder: { payout_id: holder, batch_id: placeOf(holder).batchId, status },
  };
}

export function notificationView(notification: Notification): z.input<typeof answers.notificationAnswer> {
  const { id, status, misfit, reference, money, returned, receivedAt } = notification;
  return {
    notification_id: id,
    status,
    reason: misfit ?? null,
    reference,
    amount_minor: exactNumber(`${money.minor}`), // the rail may name any currency
    currency: money.currency,
    returned,
    received_at: receivedAt,
  };
}

/** Rates have two decimals. The success rate is of the payouts that have ended. */
function statisticsView(total: number, counts: Counts) {
  const ended = endedOf(counts);
  const percent = (part: number, of: number) => (of === 0 ? 0 : Math.round((10_000 * part) / of) / 100);
  return {
    total,
    ...countsView(counts),
    success_rate_percent: percent(counts.completed, ended),
    completion_rate_percent: percent(ended, total),
  };
}

export function countsView(counts: Counts) {
  const { pending, processing, completed, failed, retrying, unknown, cancelled, returned } = counts;
  return { pending, processing, completed, failed, retrying, unknown, cancelled, returned };
}

export function sumsView(sums: Sums) {
  return [...sums].map(([currency, minor]) => moneyView({ minor, currency }));
}

export function moneyView(money: Money) {
  return {
    amount: exactNumber(formatMajor(money)),
    amount_minor: exactNumber(money.minor.toString()),
    currency: money.currency,
  };
}

/** Masks all but the last four characters. */
export function maskedDestination(destination: Destination) {
  return destination.type === 'pix'
    ? { type: destination.type, pix_key: masked(destination.pixKey) }
    : { type: destination.type, bank_account: masked(destination.bankAccount), bank_name: destination.bankName };
}

export function masked(secret: string): string {
  return secret.length > 8 ? `****${secret.slice(-4)}` : '****';
}

function deadLetterView({ at, messageId, receives }: { at: string; messageId: string; receives: number }) {
  return { at, message_id: messageId, receives };
}
