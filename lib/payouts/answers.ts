import { z } from 'zod';
import { ruleAnswer } from '../access/index.ts';
import { count, decimal, int64, orNull, problem, time } from '../kernel/fields.ts';
import { BATCH_STATUSES } from './batch.ts';
import { MISFITS, NOTIFICATION_STATUSES } from './notification.ts';
import { CLAIM_KINDS, PAYOUT_STATUSES } from './payout.ts';

/*
 * The JSON that clients get (view.ts makes it). Amounts are exact: `amount` in major units, `amount_minor` in minor units.
 */

const money = z.object({ amount: decimal(), amount_minor: int64(), currency: z.string() });
const sums = z.array(money.meta({ id: 'Money' }));
const batchStatus = z.enum(BATCH_STATUSES);
const approvalId = orNull(z.string()).meta({ description: 'Of a batch that other persons have to approve.' });
const startAt = orNull(time()).meta({ description: 'When the batch starts by itself.' });
const duplicatesCount = count().meta({
  description: 'Payouts of the request that are not stored, because others have their keys. Not part of `total_count`.',
});
const invalidCount = count().meta({
  description: 'Entries of the request that are not stored, because they are invalid. Not part of `total_count`.',
});
const invalid = z.array(problem).meta({ description: 'What is invalid in them, as much as fits into an answer.' });
export const payoutCounts = z.object(
  Object.fromEntries(PAYOUT_STATUSES.map((status) => [status, count()])) as Record<
    (typeof PAYOUT_STATUSES)[number],
    ReturnType<typeof count>
  >,
);

/** POST /batches. Only fields that never change, so that a repeated request gets the same answer at any time. */
export const createdBatch = z
  .object({
    batch_id: z.string(),
    status: batchStatus,
    approval_id: approvalId,
    total_count: count(),
    duplicates_count: duplicatesCount,
    invalid_count: invalidCount,
    invalid,
    totals: sums,
    start_at: startAt,
    created_at: time(),
  })
  .meta({ id: 'CreatedBatch' });

const cancellation = () => orNull(z.object({ reason: z.string(), at: time() }));

const header = {
  batch_id: z.string(),
  status: batchStatus,
  approval_id: approvalId,
  invalid_count: invalidCount,
  run: count().meta({ description: 'Every start, resume, retry-failed and cancel begins a new run.' }),
  total_count: count(),
  duplicates_count: duplicatesCount,
  totals: sums,
  start_at: startAt,
  started_late_seconds: orNull(count()).meta({ description: 'Of a scheduled batch: from `start_at` to its start.' }),
  created_at: time(),
  started_at: orNull(time()),
  finished_at: orNull(time()),
  cancellation: cancellation().meta({ description: 'The request to cancel the batch.' }),
};
export const batchHeader = z.object(header).meta({ id: 'BatchHeader' });

const percent = () => z.number().meta({ minimum: 0, maximum: 100 });

const whole = {
  ...header,
  counts: payoutCounts.meta({ id: 'PayoutCounts', description: 'They sum to `total_count` at every read.' }),
  statistics: z.object({
    total: count(),
    ...payoutCounts.shape,
    success_rate_percent: percent().meta({ description: 'Completed payouts, of those that have ended.' }),
    completion_rate_percent: percent().meta({ description: 'Payouts that have ended, of all.' }),
  }),
  completed_totals: sums,
  failed_totals: sums,
  cancelled_totals: sums,
  returned_totals: sums,
  retryable_failures: count(),
  dead_letters: z.array(
    z.object({ chunk: count(), at: time(), message_id: z.string(), receives: count() }).meta({ id: 'DeadLetter' }),
  ),
};
export const batchAnswer = z.object(whole).meta({ id: 'Batch' });

export const chunkAnswer = z
  .object({
    chunk: count().meta({ description: 'Counts from 1.' }),
    total_count: count(),
    counts: payoutCounts,
    rounds: count().meta({ description: 'Rounds of work since it was opened.' }),
    due_at: orNull(time()).meta({ description: 'No worker takes it before this time. Null: now.' }),
    lease: orNull(z.object({ owner: z.string(), until: time() })).meta({
      description: 'The worker that holds it. Only that one may pay its payouts, until this time.',
    }),
    dead_lettered: z.boolean().meta({ description: 'Its message is in the dead-letter queue, until it is redriven.' }),
  })
  .meta({ id: 'Chunk' });

const failure = z.object({ code: z.string(), message: z.string(), retryable: z.boolean() });

export const payoutAnswer = z
  .object({
    payout_id: z.string(),
    external_id: z.string(),
    payee: z.object({ id: z.string(), name: z.string().optional() }),
    ...money.shape,
    destination: z.union([
      z.object({ type: z.literal('pix'), pix_key: z.string() }),
      z.object({ type: z.literal('bank_account'), bank_account: z.string(), bank_name: z.string() }),
    ]),
    transaction_ids: z.array(z.string()),
    status: z.enum(PAYOUT_STATUSES),
    reference: z.string().meta({ description: 'What the rail knows the current attempt by.' }),
    attempts: count(),
    failure: orNull(failure),
    bank_id: orNull(z.string()),
    returned: orNull(z.object({ code: z.string(), at: time() })).meta({
      description: 'Why the rail gave the money back.',
    }),
    cancellation: cancellation().meta({
      description: 'The request to cancel this payout alone. `status` tells how it ended.',
    }),
    unknown_since: orNull(time()).meta({ description: 'Since when its outcome is not known.' }),
    updated_at: time(),
  })
  .meta({ id: 'Payout' });

const throughput = z
  .object({
    until: time().meta({ description: 'The beginning of the current minute, the last of the 60.' }),
    minutes: z
      .array(
        z.object({ at: time(), completed: count(), failed: count(), cancelled: count(), returned: count() }).meta({
          id: 'MinuteOfPayouts',
          description: 'Payouts that workers ended in the minute that begins at `at`.',
        }),
      )
      .meta({
        description:
          'Those in which payouts ended. If a worker dies, a chunk may be missing; batches have exact counts.',
      }),
    paid: sums.meta({ description: 'Of payouts that were completed in these minutes.' }),
  })
  .meta({ description: 'The last 60 minutes.' });

export const overviewAnswer = z
  .object({
    open_batches: z
      .array(z.object({ ...header, counts: payoutCounts, dead_lettered_chunks: count() }).meta({ id: 'OpenBatch' }))
      .meta({ description: 'Batches that are being processed, 100 at most.' }),
    is_whole: z.boolean().meta({ description: 'False: there are more such batches, which the sums below leave out.' }),
    counts: payoutCounts,
    in_flight: sums.meta({ description: 'Of payouts that have not ended, in batches under way.' }),
    oldest_unknown: orNull(payoutAnswer).meta({
      description: 'The payout whose outcome is unknown for the longest time.',
    }),
    oldest_waiting: orNull(z.object({ batch_id: z.string(), chunk: z.int(), since: time() })).meta({
      description: 'The chunk that is due for the longest time, and that no worker has. Dead letters do not count.',
    }),
    throughput,
  })
  .meta({ id: 'PayoutOverview' });

const notification = {
  status: z.enum(NOTIFICATION_STATUSES),
  reason: orNull(z.enum(MISFITS)).meta({ description: 'Why it is a dead letter.' }),
};

/** To the rail. */
export const notificationResult = z.object(notification).meta({ id: 'NotificationResult' });

export const notificationAnswer = z
  .object({
    notification_id: z.string(),
    ...notification,
    reference: z.string(),
    amount_minor: int64(),
    currency: z.string(),
    returned: z.object({ code: z.string(), at: time() }),
    received_at: time(),
  })
  .meta({ id: 'Notification' });
/** Failures that retry-failed does not re-open. */
export const keptPayouts = z
  .array(z.object({ payout_id: z.string(), holder_payout_id: z.string() }))
  .meta({ description: 'Payouts that stay failed, because other payouts have their keys by now.' });

const duplicatePayout = z
  .object({
    external_id: z.string(),
    ...money.shape,
    key: z.object({ kind: z.enum(CLAIM_KINDS), value: z.string() }),
    holder: z.object({
      payout_id: z.string(),
      batch_id: z.string(),
      status: orNull(z.enum(PAYOUT_STATUSES)).meta({ description: 'As stored now.' }),
    }),
  })
  .meta({ id: 'DuplicatePayout', description: 'A payout of the request, and the payout that has its key.' });

const minor = z.string().meta({ description: 'Minor units.' });
const askedDuplicate = z
  .object({ position: count(), ...duplicatePayout.shape })
  .meta({ id: 'DryRunDuplicate', description: '`position` counts from 1.' });

/** POST /batches?dry_run=true */
export const dryRunAnswer = z
  .object({
    valid: z.boolean().meta({ description: 'Whether no field of the request is invalid.' }),
    error: orNull(z.object({ code: z.string(), message: z.string() })).meta({
      description: 'What the request would be answered with now. `null`: it would be stored, or is stored already.',
    }),
    problems: z.array(problem).meta({
      description: 'All reasons to refuse the request, as many as fit into an answer.',
    }),
    problems_omitted: count(),
    existing: orNull(z.object({ batch_id: z.string(), status: batchStatus, same_content: z.boolean() })).meta({
      description: 'The batch that has this id.',
    }),
    total_count: count().meta({ description: 'Payouts that would be stored.' }),
    totals: sums,
    invalid_count: invalidCount,
    invalid,
    duplicates_count: duplicatesCount,
    duplicates: z.array(askedDuplicate).meta({ description: 'As many as fit into an answer.' }),
    being_stored: z.array(askedDuplicate).meta({
      description:
        'Payouts whose keys belong to a batch that is being created: whether they are duplicates is not known yet. They count as stored.',
    }),
    limits: z
      .array(
        z.object({
          currency: z.string(),
          day: z.string(),
          limit: minor,
          used: minor,
          left: minor,
          asked: minor,
          exceeded: z.boolean(),
        }),
      )
      .meta({ description: 'The daily limits of the API key. Duplicates count too.' }),
    approval: orNull(z.object({ approvers: count(), lapses_after_hours: count(), rules: z.array(ruleAnswer) })).meta({
      description: 'The rules that the request meets, and what they ask for together.',
    }),
  })
  .meta({ id: 'BatchDryRun' });

export const reportAnswer = z
  .object({
    ...whole,
    processed: count().meta({ description: 'Payouts that have ended.' }),
    successful: count(),
    failed: count(),
    duplicates: count(),
    invalid,
    duplicate_payouts: z.array(duplicatePayout).meta({ description: 'As many as fit into an answer.' }),
    details: z
      .array(z.object({ external_id: z.string(), status: z.enum(PAYOUT_STATUSES), amount_cents: int64() }))
      .meta({ description: 'In the order of the request, as many as fit into an answer. The CSV has all.' }),
    details_omitted: count(),
    failures_by_code: z.array(z.object({ code: z.string(), count: count(), retryable: z.boolean(), totals: sums })),
    failures: z.array(payoutAnswer),
    failures_omitted: count(),
  })
  .meta({ id: 'BatchReport' });
