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

const run = () => count().meta({ description: 'Every start and retry-failed begins the next run.' });
const batchEnd = z.object({
  batch_id: z.string(),
  run: run(),
  status: z.string(),
  total_count: count(),
  completed_count: count(),
  failed_count: count(),
  completed_minor: amounts(),
  failed_minor: amounts(),
  cancelled_count: count().exactOptional(),
  cancelled_minor: amounts().exactOptional(),
});
const payout = {
  payout_id: z.string(),
  external_id: z.string(),
  amount: amount(),
  currency: z.string(),
};
/** The payouts of a chunk that changed together. */
const payoutsOf = <Each extends z.ZodRawShape>(each: Each) =>
  z.object({ batch_id: z.string(), chunk: count(), run: run(), payouts: z.array(z.object(each)).min(1) });

/** The rail's message that it gave money back. */
const notification = {
  notification_id: z.string(),
  reference: z.string(),
  amount: amount(),
  currency: z.string(),
  code: z.string(),
};
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
const session = z.object({ session_id: z.string(), ...key, expires_at: z.string() });
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
const job = { job_id: z.string() };
const imported = { import_id: z.string() };
const rows = { rows: count(), stored: count(), unchanged: count(), rejected: count() };
const denied = {
  network: z.string(),
  address: z.string().meta({ description: 'All but its last four characters are masked.' }),
  reason: z.string(),
};
const processor = { processor: z.string() };
const endpoint = { endpoint_id: z.string() };
const endpointState = z.object({
  ...endpoint,
  url: z.string(),
  description: z.string(),
  enabled: z.boolean(),
  event_types: z.string().meta({ description: 'Separated by spaces.' }),
});

/** The message that its queue gave up. */
const deadLetter = { message_id: z.string(), receives: count() };

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
  'key.created': keyState,
  'key.changed': keyState,
  'key.rotated': z.object({ ...key, old_secrets_until: z.string() }),
  'key.revoked': keyState,
  'session.opened': session,
  'session.closed': session,
  'approval.requested': z.object(approval),
  'approval.approved': decision,
  'approval.rejected': decision,
  'approval.lapsed': z.object(approval),
  'approval.cancelled': z.object(approval),
  'policy.changed': z.object({ policy: z.string(), version: count(), rule_count: count() }),
  'withdrawal.dead_lettered': z.object({ withdrawal_id: z.string(), ...deadLetter }),
  'withdrawal.redriven': z.object({ withdrawal_id: z.string(), ...deadLetter }),
  'webhook_endpoint.created': endpointState,
  'webhook_endpoint.changed': endpointState,
  'webhook_endpoint.secret_rotated': z.object({ ...endpoint, old_secrets_until: z.string() }),
  'webhook_endpoint.disabled': z.object({
    ...endpoint,
    reason: z
      .string()
      .meta({ description: '`gone`: it answered 410. `failing`: no call has succeeded for five days.' }),
  }),
  'webhook_endpoint.deleted': z.object(endpoint),
  'webhook_endpoint.replay_requested': z.object({
    ...endpoint,
    replay_id: z.string(),
    from: z.string().exactOptional(),
    to: z.string().exactOptional(),
  }),
  'webhook_endpoint.test': z.object(endpoint),
  'webhook_delivery.replayed': z.object({ ...endpoint, delivery_id: z.string(), replay: count() }),
  'epoch.raised': z.object({ raised_at: z.string(), until: z.string(), person: z.string(), reason: z.string() }),
  'processor.started': z.object(processor),
  'processor.stopped': z.object(processor),
  'address.denied': z.object(denied),
  'address.allowed': z.object(denied),
  'wallet.opened': z.object({ user_id: z.string(), currency: z.string() }),
  'provider.created': z.object({ provider_id: z.string(), name: z.string() }),
  'product.created': z.object({
    product_id: z.string(),
    name: z.string(),
    stock: count(),
    price_cents: amount(),
  }),
  'order.placed': z.object({ order_id: z.string(), buyer_id: z.string(), total_cents: amount(), line_count: count() }),
  'transactions.stored': z.object({
    first_id: z.string().meta({ description: 'The id of the first transaction, which is the subject.' }),
    last_id: z.string(),
    count: count().meta({ description: 'How many were stored together. A request has an event for each 98 or fewer.' }),
    gross_cents: amount(),
  }),
  'import.created': z.object({ ...imported, format: z.string() }),
  'import.started': z.object({ ...imported, bytes: count() }),
  'import.advanced': z.object({ ...imported, ...rows }).meta({ description: 'The counts include all rows so far.' }),
  'import.completed': z.object({ ...imported, ...rows }),
  'import.failed': z.object({ ...imported, ...rows, failure: z.string() }),
  'upload.requested': z.object({
    upload_id: z.string(),
    wanted: z.string().meta({ description: '`start`, `stop` or `cancel`, of all batches of the upload.' }),
    request: count().meta({ description: 'Counts these requests.' }),
  }),
  'batch.created': z.object({
    batch_id: z.string(),
    total_count: count(),
    total_minor: amounts(),
    auto_start: z.boolean(),
  }),
  'batch.approved': z.object({ batch_id: z.string(), approval_id: z.string(), auto_start: z.boolean() }),
  'batch.rejected': z.object({
    batch_id: z.string(),
    approval_id: z.string(),
    reason: z.string().meta({
      description: '`rejected` by a person, `lapsed`, or `upload`: nothing of the upload that it is a part of is paid.',
    }),
  }),
  'batch.scheduled': z.object({ batch_id: z.string(), start_at: z.string() }),
  'batch.rescheduled': z.object({ batch_id: z.string(), start_at: z.string(), previous_start_at: z.string() }),
  'batch.started': z.object({
    batch_id: z.string(),
    run: run(),
    previous_status: z.string().meta({ description: '`stopping` or `stopped` if the batch resumes.' }),
    start_at: z.string().exactOptional(),
    late_seconds: count().exactOptional().meta({ description: 'Of a scheduled batch: from `start_at` to its start.' }),
  }),
  'batch.stop_requested': z.object({ batch_id: z.string(), run: run() }),
  'batch.stopped': batchEnd,
  'batch.completed': batchEnd,
  'batch.retried': z.object({
    batch_id: z.string(),
    run: run(),
    previous_status: z.string(),
    retryable_count: count().meta({ description: 'How many payouts are opened again.' }),
    codes: z
      .string()
      .exactOptional()
      .meta({ description: 'Only failures with these codes, with commas between them. Absent: with any.' }),
  }),
  'batch.dead_lettered': z.object({ batch_id: z.string(), chunk: count(), ...deadLetter }),
  'batch.redriven': z.object({ batch_id: z.string(), chunk: count(), ...deadLetter }),
  'batch.cancel_requested': z.object({
    batch_id: z.string(),
    run: run(),
    previous_status: z.string(),
    reason: z.string(),
  }),
  'payout.cancel_requested': z.object({ batch_id: z.string(), ...payout, reason: z.string() }),
  'payout.look_up_requested': z.object({ batch_id: z.string(), ...payout }),
  'payout.failed': payoutsOf({ ...payout, code: z.string(), retryable: z.boolean() }),
  'payout.cancelled': payoutsOf(payout),
  'payout.returned': payoutsOf({ ...payout, code: z.string() }),
  'notification.dead_lettered': z.object({ ...notification, reason: z.string() }),
  'notification.redriven': z.object(notification),
  'settlement.requested': z.object({ ...job, from: z.string(), to: z.string() }),
  'settlement.started': z.object(job),
  'settlement.cancel_requested': z.object({ ...job, reason: z.string().exactOptional() }),
  'settlement.cancelled': z.object(job),
  'settlement.failed': z.object({ ...job, failure_code: z.string() }),
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
