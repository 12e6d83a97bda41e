import { z } from 'zod';
import { count, int64, orNull, time } from '../kernel/fields.ts';
import { NETWORKS } from './assets.ts';
import { PROCESSOR_STATUSES } from './processor.ts';
import { SOURCES, WITHDRAWAL_STATUSES, type WithdrawalStatus } from './withdrawal.ts';

/*
 * The JSON that clients get (view.ts makes it).
 */

const network = z.enum(NETWORKS).meta({ id: 'Network' });

export const withdrawalAnswer = z
  .object({
    withdrawal_id: z.string(),
    idempotency_key: z.string(),
    user_id: z.string(),
    asset: z.string(),
    amount: z.string().meta({ pattern: '^[1-9]\\d*$', description: "A whole number of the asset's smallest unit." }),
    destination_address: z.string(),
    network,
    source: z.enum(SOURCES),
    status: z.enum(WITHDRAWAL_STATUSES),
    approval_id: orNull(z.string()).meta({ description: 'If other persons have to approve it.' }),
    max_retries: count(),
    retry_count: count(),
    tx_hash: orNull(z.string()).meta({ description: 'Null before the broadcast.' }),
    confirmations: count(),
    required_confirmations: count(),
    failure: orNull(z.object({ code: z.string(), message: z.string() })).meta({
      description: 'The failure of the last attempt.',
    }),
    next_attempt_at: orNull(time()).meta({ description: 'While the withdrawal waits for a retry or a look-up.' }),
    dead_letter: orNull(z.object({ at: time(), receives: count() })).meta({
      description: 'After repeated failures of its message, until it is redriven.',
    }),
    created_at: time(),
    updated_at: time(),
    completed_at: orNull(time()),
  })
  .meta({ id: 'Withdrawal' });

export const gotAnswer = z.object({ withdrawal: withdrawalAnswer });
export const createdAnswer = z.object({ withdrawal: withdrawalAnswer, already_exists: z.boolean() });

export const processorAnswer = z
  .object({
    status: z.enum(PROCESSOR_STATUSES),
    in_flight: count().meta({ description: 'Withdrawals that workers are processing.' }),
  })
  .meta({ id: 'Processor' });

const byStatus = z.object(
  Object.fromEntries(WITHDRAWAL_STATUSES.map((status) => [status, int64()])) as Record<
    WithdrawalStatus,
    ReturnType<typeof int64>
  >,
);

export const statsAnswer = z
  .object({
    ...processorAnswer.shape,
    queue: z
      .object({ visible: count(), delayed: count(), in_flight: count() })
      .meta({ description: 'Approximate counts of SQS.' }),
    processed: int64().meta({ description: 'Completed and failed withdrawals since deployment.' }),
    completed: int64(),
    failed: int64(),
    retried: int64(),
    unknown: int64(),
    dead_lettered: count(),
    by_status: byStatus,
    oldest_open_age_seconds: orNull(count()),
    is_estimate: z.boolean().meta({ description: 'More withdrawals are open than were counted.' }),
  })
  .meta({ id: 'ProcessorStats' });

export const deniedAnswer = z
  .object({
    network,
    address: z.string().meta({ description: 'In its canonical form.' }),
    reason: z.string(),
    created_at: time(),
  })
  .meta({ id: 'DeniedAddress' });
