import { KEYS } from '../../lib/access/items.ts';
import type { EventType } from '../../lib/events/schemas.ts';
import { importOf } from '../../lib/imports/items.ts';
import { walletOf } from '../../lib/ledger/items.ts';
import { orderOf, productOf } from '../../lib/orders/items.ts';
import { isFinished } from '../../lib/payouts/batch.ts';
import { isBeingStored } from '../../lib/payouts/claim.ts';
import { batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import { notificationOf } from '../../lib/payouts/dynamo-notification-items.ts';
import { payoutOf } from '../../lib/payouts/dynamo-payout-items.ts';
import { placeOf } from '../../lib/payouts/ids.ts';
import { EPOCHS, epochOf } from '../../lib/rail/dynamo-epochs.ts';
import { EPOCH } from '../../lib/rail/epoch.ts';
import { jobOf } from '../../lib/settlement/items.ts';
import type { JobStatus } from '../../lib/settlement/job.ts';
import { rowOf } from '../../lib/transactions/items.ts';
import { workOf } from '../../lib/uploads/upload.ts';
import { paymentOf, providerOf } from '../../lib/wallets/items.ts';
import type { Payment } from '../../lib/wallets/payment.ts';
import { DELETED, ENDPOINTS } from '../../lib/webhooks/items.ts';
import { PROCESSOR } from '../../lib/withdrawals/action-events.ts';
import { deniedOf, processorOf, withdrawalOf } from '../../lib/withdrawals/items.ts';
import { factsInApproval, factsInKey, factsInPolicy, factsInSecret } from './access-facts.ts';
import type { Item } from './difference.ts';
import { ALWAYS, type CounterChange, eventId, type Fact, type Facts, factOf, NONE } from './fact.ts';
import { factsInDelivery, factsInEndpoint } from './webhook-facts.ts';

/** @param item of any table but the events table. @throws Error if it is unreadable */
export function factsIn(item: Item): Facts {
  const [kind] = `${item.pk}`.split('#');
  if (kind === 'BATCH' && item.sk === 'BATCH') return factsInBatch(item);
  if (kind === 'BATCH' && `${item.sk}`.startsWith('PAYOUT#')) return factsInPayout(item);
  if (kind === 'NOTIFICATION') return { facts: [], entity: notificationOf(item).id };
  if (kind === 'JOB' && item.sk === 'JOB') return factsInJob(item);
  if (kind === 'PAYMENT' && item.sk === 'PAYMENT') return factsInPayment(paymentOf(item));
  if (kind === 'WALLET' && item.type === 'DEPOSIT') return factsInDeposit(item);
  if (kind === 'WALLET' && item.sk === 'WALLET') return { facts: [], entity: walletOf(item).userId };
  if (kind === 'PROVIDER')
    return { facts: [factOf('provider.created', providerOf(item).id, providerOf(item).createdAt)] };
  if (kind === 'PRODUCT') return { facts: [factOf('product.created', productOf(item).id, productOf(item).createdAt)] };
  if (kind === 'ORDER') return { facts: [factOf('order.placed', orderOf(item).id, orderOf(item).createdAt)] };
  if (kind === 'WITHDRAWAL' && item.sk === 'WITHDRAWAL') return factsInWithdrawal(item);
  if (kind === 'PROCESSOR') return factsInProcessor(item);
  if (kind === 'DENIED') return factsInDenied(item);
  if (kind === EPOCHS) return { facts: [factInEpoch(item)] };
  if (kind === 'IMPORT') return factsInImport(item);
  if (kind === 'TXN') return { facts: [], entity: rowOf(item).id };
  if (kind === KEYS) return factsInKey(item);
  if (kind === 'HASH') return factsInSecret(item);
  if (kind === 'APPROVAL') return factsInApproval(item);
  if (kind === 'POLICY' && item.sk !== 'APPROVALS') return factsInPolicy(item);
  if (kind === ENDPOINTS || kind === DELETED) return factsInEndpoint(item);
  if (kind === 'DELIVERY' && item.sk === 'DELIVERY') return factsInDelivery(item);
  return NONE;
}

function factsInBatch(item: Item): Facts {
  const { id, run, status, finishedAt, createdAt, approvedAt, scheduledAt, reschedules, upload } = batchOf(item);
  // A batch of an upload that failed may not have been stored whole.
  const isDropped = upload !== undefined && status === 'rejected';
  const since = Date.parse(createdAt);
  const inRun = (type: EventType, number: number) => eventId(type, `${id}:${number}`);
  const ofRun = (type: EventType, at = since) => ({ id: inRun(type, run), subject: id, since: at });
  const starts = Array.from({ length: run }, (_, index) => ({
    id: inRun('batch.started', index + 1),
    or: [inRun('batch.retried', index + 1), inRun('batch.cancel_requested', index + 1)],
    ...{ subject: id, since },
  }));
  const always = (type: EventType, fact: string = id) => ({ id: eventId(type, fact), subject: id, since: ALWAYS });
  return {
    facts: [
      ...(isDropped || isBeingStored({ status }) ? [] : [factOf('batch.created', id, createdAt)]),
      ...(approvedAt === undefined ? [] : [always('batch.approved')]),
      ...(status === 'rejected' ? [factOf('batch.rejected', id, finishedAt ?? createdAt)] : []),
      ...(scheduledAt === undefined ? [] : [always('batch.scheduled')]),
      ...Array.from({ length: reschedules }, (_, index) => always('batch.rescheduled', `${id}:${index + 1}`)),
      ...starts,
      ...(status === 'stopping' || status === 'stopped' ? [ofRun('batch.stop_requested')] : []),
      ...(status === 'stopped' ? [ofRun('batch.stopped')] : []),
      ...(status === 'cancelling' ? [ofRun('batch.cancel_requested')] : []),
      ...(isFinished(status) ? [ofRun('batch.completed', Date.parse(finishedAt ?? createdAt))] : []),
    ],
    ...(isDropped ? { perhaps: [eventId('batch.created', id)] } : {}),
    run: { batch: id, run },
    entity: id,
  };
}

/** The statuses of payouts that have events. */
export const RECORDED_STATUSES = ['failed', 'cancelled', 'returned'] as const;

/** Earlier versions recorded no failures, and had no other of these statuses. The event of a chunk lists it under this id. */
function factsInPayout(item: Item): Facts {
  const { id, status, updatedAt } = payoutOf(item);
  const recorded = RECORDED_STATUSES.find((each) => each === status);
  if (!recorded) return NONE;
  const since = recorded === 'failed' ? Date.parse(updatedAt) : ALWAYS;
  return { facts: [{ id: eventId(`payout.${recorded}`, id), subject: placeOf(id).batchId, since }] };
}

function factsInJob(item: Item): Facts {
  const { id, status, createdAt, startedAt, finishedAt = createdAt } = jobOf(item);
  return {
    facts: [
      factOf('settlement.requested', id, createdAt),
      ...(startedAt === undefined ? [] : [factOf('settlement.started', id, startedAt)]),
      ...(status === 'CANCELLING' || status === 'CANCELLED'
        ? [factOf('settlement.cancel_requested', id, createdAt)]
        : []),
      ...(isTerminal(status) ? [factOf(END_OF_JOB[status], id, finishedAt)] : []),
    ],
  };
}

function factsInImport(item: Item): Facts {
  const one = importOf(item);
  const { id, status, bytes, createdAt, work } = one;
  const requests = work === undefined ? 0 : workOf(one).requests;
  const of = (type: EventType) => factOf(type, id, createdAt);
  return {
    facts: [
      of('import.created'),
      ...(bytes === undefined ? [] : [of('import.started')]),
      ...(status === 'COMPLETED' ? [of('import.completed')] : []),
      ...(status === 'FAILED' ? [of('import.failed')] : []),
      ...Array.from({ length: requests }, (_, index) => ({
        ...{ id: eventId('upload.requested', `${id}:${index + 1}`), subject: id, since: ALWAYS },
      })),
    ],
    entity: id,
  };
}

const END_OF_JOB = {
  COMPLETED: 'settlement.completed',
  FAILED: 'settlement.failed',
  CANCELLED: 'settlement.cancelled',
} as const;
const isTerminal = (status: JobStatus): status is keyof typeof END_OF_JOB => status in END_OF_JOB;

/** Changes are counted since they have events. */
function factsInProcessor(item: Item): Facts {
  const change = (type: EventType, number: number) => eventId(type, `${PROCESSOR}:${number}`);
  return {
    facts: Array.from({ length: processorOf(item).changes }, (_, index) => ({
      ...{ id: change('processor.started', index + 1), or: [change('processor.stopped', index + 1)] },
      ...{ subject: PROCESSOR, since: ALWAYS },
    })),
  };
}

function factInEpoch(item: Item): Fact {
  return { id: eventId('epoch.raised', epochOf(item).raisedAt), subject: EPOCH, since: ALWAYS };
}

/** An address that was denied before denials had events has no id. */
function factsInDenied(item: Item): Facts {
  const { id } = deniedOf(item);
  if (id === undefined) return NONE;
  const denied = { id: eventId('address.denied', id), subject: id, since: ALWAYS };
  return { facts: [denied], never: [eventId('address.allowed', id)] };
}

function factsInDeposit({ pk, entry_id: id, at }: Item): Facts {
  const subject = `${pk}`.slice('WALLET#'.length);
  return { facts: [{ id: eventId('deposit.created', `${id}`), subject, since: Date.parse(`${at}`) }] };
}

const ENDS = { PENDING: undefined, APPROVED: 'completed', DECLINED: 'failed', FAILED: 'failed' } as const;

function factsInPayment(payment: Payment): Facts {
  const { id, status, money, createdAt } = payment;
  const since = Date.parse(createdAt);
  const outcomes = ['created', ...(ENDS[status] ? [ENDS[status]] : [])] as ('created' | 'completed' | 'failed')[];
  const refunds = payment.status === 'APPROVED' ? payment.refunds : [];
  return {
    facts: [
      ...outcomes.map((outcome) => ({ id: eventId(`payment.${outcome}`, id), subject: id, since })),
      ...refunds.map((refund) => ({
        id: eventId('refund.created', refund.id),
        subject: id,
        since: Date.parse(refund.at),
      })),
    ],
    changes: outcomes.flatMap((outcome) => {
      const of = [eventId(`payment.${outcome}`, id)];
      return [
        { of, series: ['payments', outcome, money.currency], by: 1n },
        { of, series: ['amounts', outcome, money.currency], by: money.minor },
        ...(outcome === 'created' ? [] : [{ of, series: ['durations', outcome], by: 1n }]),
        ...(outcome === 'failed' && 'failure' in payment
          ? [{ of, series: ['failures', payment.failure.code], by: 1n }]
          : []),
      ];
    }),
  };
}

/** Retries are a worker's or a client's. Only the number of the client's is stored, so it counts once all retries are counted. */
function factsInWithdrawal(item: Item): Facts {
  const { id, status, retries, retryCycle, money, createdAt } = withdrawalOf(item);
  const since = Date.parse(createdAt);
  const asset = money.currency;
  const upTo = (count: number, type: EventType) =>
    Array.from({ length: count }, (_, index) => eventId(type, `${id}.${index + 1}`));
  const failed = upTo(status === 'FAILED' ? retryCycle : retryCycle - 1, 'withdrawal.failed');
  const retrying = upTo(retries, 'withdrawal.retrying');
  const completed = status === 'COMPLETED' ? [eventId('withdrawal.completed', id)] : [];
  const rejected = status === 'REJECTED' ? [eventId('withdrawal.rejected', id)] : [];
  const all = { created: [eventId('withdrawal.created', id)], retrying, failed, completed, rejected };
  const changes = Object.entries(all).flatMap(([outcome, ids]) =>
    ids.map((each): CounterChange => ({ of: [each], series: ['withdrawals', outcome, asset], by: 1n })),
  );
  return {
    entity: id,
    facts: Object.values(all).flatMap((ids) => ids.map((each) => ({ id: each, subject: id, since }))),
    changes: [
      ...changes,
      ...failed.map((each) => ({ of: [each], series: ['withdrawal_failures'], by: 1n })),
      ...(retryCycle > 1
        ? [{ of: retrying, series: ['withdrawals', 'reopened', asset], by: BigInt(retryCycle - 1) }]
        : []),
    ],
  };
}
