import type { EventType } from '../../lib/events/event.ts';
import { isFinished } from '../../lib/payouts/batch.ts';
import { batchOf } from '../../lib/payouts/items.ts';
import { jobOf } from '../../lib/settlement/items.ts';
import { paymentOf } from '../../lib/wallets/items.ts';
import type { Payment } from '../../lib/wallets/payment.ts';
import { withdrawalOf } from '../../lib/withdrawals/items.ts';
import type { Item } from './difference.ts';

/** Something that has happened, and so was told under this id. */
export type Fact = {
  readonly id: string;
  /** Epoch milliseconds before which it was not told. */
  readonly since: number;
};

/** What facts add to a counter. `of`: the events that have to be counted for it; there may be others on the same series. */
export type ChunkTotals = { readonly of: readonly string[]; readonly series: readonly string[]; readonly by: bigint };

/**
 * The facts that an item stands for. `run`: of a batch, whose earlier runs have each stopped or come to an end, and nobody
 * remembers which.
 */
export type Facts = {
  readonly facts: readonly Fact[];
  readonly tallies?: readonly ChunkTotals[];
  readonly run?: { readonly batch: string; readonly run: number };
};

const NONE: Facts = { facts: [] };
const eventId = (type: EventType, fact: string) => `${type}:${fact}`;

/** @param item of the tables of payouts, settlements, wallets or withdrawals. @throws Error if it cannot be read */
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
  const isTold = status === 'stopped' || isFinished(status);
  const since = Date.parse(finishedAt ?? createdAt);
  return { facts: isTold ? [{ id: eventId(type, `${id}:${run}`), since }] : [], run: { batch: id, run } };
}

function factsInJob(item: Item): Facts {
  const { id, status, finishedAt = '' } = jobOf(item);
  if (status !== 'COMPLETED') return NONE;
  return { facts: [{ id: eventId('settlement.completed', id), since: Date.parse(finishedAt) }] };
}

function factsInDeposit({ entry_id: id, at }: Item): Facts {
  return { facts: [{ id: eventId('deposit.created', `${id}`), since: Date.parse(`${at}`) }] };
}

const ENDS = { PENDING: undefined, APPROVED: 'completed', DECLINED: 'failed', FAILED: 'failed' } as const;

function factsInPayment(payment: Payment): Facts {
  const { id, status, money, createdAt } = payment;
  const since = Date.parse(createdAt);
  const outcomes = ['created', ...(ENDS[status] ? [ENDS[status]] : [])] as ('created' | 'completed' | 'failed')[];
  const refunds = payment.status === 'APPROVED' ? payment.refunds : [];
  return {
    facts: [
      ...outcomes.map((outcome) => ({ id: eventId(`payment.${outcome}`, id), since })),
      ...refunds.map((refund) => ({ id: eventId('refund.created', refund.id), since: Date.parse(refund.at) })),
    ],
    tallies: outcomes.flatMap((outcome) => {
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

/** A retry may be a worker's or a client's; only how many were a client's is remembered, and so counted once all are. */
function factsInWithdrawal(item: Item): Facts {
  const { id, status, retries, retryCycle, money, createdAt } = withdrawalOf(item);
  const since = Date.parse(createdAt);
  const asset = money.currency;
  const upTo = (count: number, type: EventType) =>
    Array.from({ length: count }, (_, index) => eventId(type, `${id}.${index + 1}`));
  const failed = upTo(status === 'FAILED' ? retryCycle : retryCycle - 1, 'withdrawal.failed');
  const retrying = upTo(retries, 'withdrawal.retrying');
  const completed = status === 'COMPLETED' ? [eventId('withdrawal.completed', id)] : [];
  const all = { created: [eventId('withdrawal.created', id)], retrying, failed, completed };
  const tallies = Object.entries(all).flatMap(([outcome, ids]) =>
    ids.map((told): ChunkTotals => ({ of: [told], series: ['withdrawals', outcome, asset], by: 1n })),
  );
  return {
    facts: Object.values(all).flatMap((ids) => ids.map((told) => ({ id: told, since }))),
    tallies: [
      ...tallies,
      ...failed.map((told) => ({ of: [told], series: ['withdrawal_failures'], by: 1n })),
      ...(retryCycle > 1
        ? [{ of: retrying, series: ['withdrawals', 'reopened', asset], by: BigInt(retryCycle - 1) }]
        : []),
    ],
  };
}
