import type { EventType } from '../../lib/events/schemas.ts';
import { isFinished } from '../../lib/payouts/batch.ts';
import { batchOf } from '../../lib/payouts/items.ts';
import { jobOf } from '../../lib/settlement/items.ts';
import { paymentOf } from '../../lib/wallets/items.ts';
import type { Payment } from '../../lib/wallets/payment.ts';
import { withdrawalOf } from '../../lib/withdrawals/items.ts';
import type { Item } from './difference.ts';

/** Something that happened and therefore has an event with this id. */
export type Fact = {
  readonly id: string;
  /** Of the event. */
  readonly subject: string;
  /** Epoch milliseconds. The event is not older. */
  readonly since: number;
};

/** What facts add to a counter. `of`: the events that must be counted for it; the series may have others. */
export type CounterChange = { readonly of: readonly string[]; readonly series: readonly string[]; readonly by: bigint };

/** The facts behind an item. `run`: of a batch; each earlier run was stopped or completed, but no item says which. */
export type Facts = {
  readonly facts: readonly Fact[];
  readonly changes?: readonly CounterChange[];
  readonly run?: { readonly batch: string; readonly run: number };
};

const NONE: Facts = { facts: [] };
const eventId = (type: EventType, fact: string) => `${type}:${fact}`;

/** @param item of the payouts, settlements, wallets or withdrawals table. @throws Error if it is unreadable */
export function factsIn(item: Item): Facts {
  const [kind] = `${item.pk}`.split('#');
  if (kind === 'BATCH' && item.sk === 'BATCH') return factsInBatch(item);
  if (kind === 'JOB' && item.sk === 'JOB') return factsInJob(item);
  if (kind === 'PAYMENT' && item.sk === 'PAYMENT') return factsInPayment(paymentOf(item));
  if (kind === 'WALLET' && item.type === 'DEPOSIT') return factsInDeposit(item);
  if (kind === 'WITHDRAWAL' && item.sk === 'WITHDRAWAL') return factsInWithdrawal(item);
  return NONE;
}

function factsInBatch(item: Item): Facts {
  const { id, run, status, finishedAt, createdAt } = batchOf(item);
  const type = status === 'stopped' ? 'batch.stopped' : 'batch.completed';
  const hasEvent = status === 'stopped' || isFinished(status);
  const since = Date.parse(finishedAt ?? createdAt);
  return {
    facts: hasEvent ? [{ id: eventId(type, `${id}:${run}`), subject: id, since }] : [],
    run: { batch: id, run },
  };
}

function factsInJob(item: Item): Facts {
  const { id, status, finishedAt = '' } = jobOf(item);
  if (status !== 'COMPLETED') return NONE;
  return { facts: [{ id: eventId('settlement.completed', id), subject: id, since: Date.parse(finishedAt) }] };
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
