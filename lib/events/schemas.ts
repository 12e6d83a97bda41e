import { z } from 'zod';

/*
 * The data of each event. Amounts are strings of digits in the minor unit, because many readers of JSON round numbers.
 */

const amount = () => z.string().regex(/^\d+$/);
const amounts = () => z.record(z.string(), amount()).meta({ description: 'By currency.' });
const milliseconds = () => z.number().meta({ type: 'integer', minimum: 0 });
const count = () => z.number().meta({ type: 'integer', minimum: 0 });

const payment = {
  payment_id: z.string(),
  user_id: z.string(),
  provider_id: z.string(),
  external_reference: z.string(),
  amount: amount(),
  currency: z.string(),
  status: z.string(),
};

const withdrawal = {
  withdrawal_id: z.string(),
  user_id: z.string(),
  asset: z.string(),
  amount: amount(),
  network: z.string(),
  source: z.string(),
  status: z.string(),
  retry_count: count(),
};

const batch = z.object({
  batch_id: z.string(),
  run: count(),
  status: z.string(),
  total_count: count(),
  completed_count: count(),
  failed_count: count(),
  completed_minor: amounts(),
  failed_minor: amounts(),
});

const key = {
  key_id: z.string(),
  name: z.string(),
  person: z.string(),
};
const keyState = z.object({
  ...key,
  scopes: z.string().meta({ description: 'Separated by spaces.' }),
  requests_per_second: count().exactOptional(),
  burst: count().exactOptional(),
  max_per_payout: amounts().exactOptional(),
  max_per_day: amounts().exactOptional(),
  expires_at: z.union([z.string(), z.null()]),
});
const approval = {
  approval_id: z.string(),
  kind: z.string(),
  subject_id: z.string().meta({ description: 'The id of the batch, withdrawal, key or other thing that waits.' }),
  digest: z.string(),
  status: z.string(),
  maker: z.string().meta({ description: 'The person who made the request.' }),
  approved_count: count(),
  needed_count: count(),
  policy_version: count(),
};
const decision = z.object({ ...approval, person: z.string(), reason: z.string() });

/** The published events. The part before the point is the kind of the subject. */
export const EVENT_DATA = {
  'payment.created': z.object(payment),
  'payment.completed': z.object({ ...payment, gateway_id: z.string(), latency_ms: milliseconds() }),
  'payment.failed': z.object({ ...payment, failure_code: z.string(), latency_ms: milliseconds() }),
  'refund.created': z.object({
    refund_id: z.string(),
    payment_id: z.string(),
    user_id: z.string(),
    provider_id: z.string(),
    amount: amount(),
    currency: z.string(),
  }),
  'deposit.created': z.object({
    deposit_id: z.string(),
    user_id: z.string(),
    amount: amount(),
    currency: z.string(),
  }),
  'withdrawal.created': z.object(withdrawal),
  'withdrawal.completed': z.object({ ...withdrawal, tx_hash: z.string(), latency_ms: milliseconds() }),
  'withdrawal.failed': z.object({
    ...withdrawal,
    failure_code: z.string().exactOptional(),
    opening: count().meta({ description: 'The number of the retry cycle.' }),
    latency_ms: milliseconds(),
  }),
  'withdrawal.retrying': z.object({
    ...withdrawal,
    failure_code: z.string().exactOptional(),
    retry: count(),
    reopened: z.boolean().meta({ description: 'It had failed, and a client retried it.' }),
  }),
  'withdrawal.rejected': z.object({ ...withdrawal, failure_code: z.string().exactOptional() }),
  'batch.completed': batch,
  'batch.stopped': batch,
  'key.created': keyState,
  'key.changed': keyState,
  'key.rotated': z.object({ ...key, old_secrets_until: z.string() }),
  'key.revoked': keyState,
  'approval.requested': z.object(approval),
  'approval.approved': decision,
  'approval.rejected': decision,
  'approval.lapsed': z.object(approval),
  'policy.changed': z.object({ policy: z.string(), version: count(), rule_count: count() }),
  'settlement.completed': z.object({
    job_id: z.string(),
    from: z.string(),
    to: z.string(),
    settlement_count: count(),
    txn_count: count(),
    gross_cents: z.string(),
    fee_cents: z.string(),
    net_cents: z.string(),
    sha256: z.string(),
  }),
};

export type EventType = keyof typeof EVENT_DATA;
export const EVENT_TYPES = Object.keys(EVENT_DATA) as EventType[];
export type EventDataOf<Type extends EventType> = z.input<(typeof EVENT_DATA)[Type]>;
