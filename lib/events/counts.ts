import { z } from 'zod';
import type { DomainEvent } from './event.ts';

/**
 * A count of payments or withdrawals. Its series is a family and the values of its labels, in the order of the family.
 * Counts only grow, by whole numbers.
 */
export type Count = { readonly series: Series; readonly by: bigint };
export type Series = readonly [family: Family, ...labels: string[]];

export const FAMILIES = {
  payments: {
    labels: ['outcome', 'currency'],
    help: 'Payments by outcome: created, completed, failed.',
  },
  amounts: {
    labels: ['outcome', 'currency'],
    help: 'Sums of the amounts of these payments, in minor units of the currency.',
  },
  failures: {
    labels: ['code'],
    help: 'Payments that failed, by the code of the failure.',
  },
  /** Each bucket alone; open-metrics.ts adds up the buckets below it. */
  durations: {
    labels: ['outcome', 'le'],
    help: 'Seconds from the creation of a payment to its outcome.',
  },
  /** The sum of the durations, in milliseconds. */
  duration_sums: { labels: ['outcome'], help: '' },
  /** Without sums of amounts: DynamoDB's numbers have 38 digits, and an amount of an asset may have 78. */
  withdrawals: {
    labels: ['outcome', 'asset'],
    help: 'Withdrawals by outcome: created, completed, failed, rejected, retrying, and reopened by a client after a failure.',
  },
  withdrawal_failures: {
    labels: ['code'],
    help: 'Withdrawals that failed, by the code of the failure.',
  },
} as const satisfies Record<string, { labels: readonly string[]; help: string }>;
export type Family = keyof typeof FAMILIES;

/** Upper bounds in seconds, as OpenMetrics writes them. */
export const BUCKETS = ['0.1', '0.25', '0.5', '1.0', '2.5', '5.0', '10.0', '30.0', '60.0', '+Inf'] as const;

/** What an event adds to the counters. `unit`: its currency or asset; its counts are stored with others of this unit. */
export type EventCounts = { readonly unit: string; readonly counts: readonly Count[] };

const paymentData = z.looseObject({
  amount: z.string().regex(/^\d{1,30}$/),
  currency: z.string().regex(/^[A-Z]{3}$/),
  failure_code: z.string().min(1).max(100).optional(),
  latency_ms: z.number().int().nonnegative().optional(),
});

const withdrawalData = z.looseObject({
  asset: z.string().regex(/^[A-Z0-9]{1,20}$/),
  failure_code: z.string().min(1).max(100).optional(),
  reopened: z.boolean().optional(),
});

const COUNTED_OF_WITHDRAWALS = new Set(['created', 'completed', 'failed', 'rejected', 'retrying']);

/** @returns undefined if the event is not counted. @throws ZodError if its data is not what is counted of its type */
export function countsOf({ type, data }: Pick<DomainEvent, 'type' | 'data'>): EventCounts | undefined {
  const [kind = '', outcome = ''] = type.split('.');
  if (kind === 'payment') return countsOfPayment(outcome, paymentData.parse(data));
  const isCounted = kind === 'withdrawal' && COUNTED_OF_WITHDRAWALS.has(outcome);
  return isCounted ? countsOfWithdrawal(outcome, withdrawalData.parse(data)) : undefined;
}

function countsOfWithdrawal(outcome: string, data: z.output<typeof withdrawalData>): EventCounts {
  const { asset, failure_code: code, reopened } = data;
  const counts: Count[] = [
    { series: ['withdrawals', outcome, asset], by: 1n },
    ...(reopened ? [{ series: ['withdrawals', 'reopened', asset], by: 1n } as const] : []),
    ...(outcome === 'failed' && code !== undefined ? [{ series: ['withdrawal_failures', code], by: 1n } as const] : []),
  ];
  return { unit: asset, counts };
}

function countsOfPayment(outcome: string, data: z.output<typeof paymentData>): EventCounts {
  const { amount, currency, failure_code: code, latency_ms: latency } = data;
  const counts: Count[] = [
    { series: ['payments', outcome, currency], by: 1n },
    { series: ['amounts', outcome, currency], by: BigInt(amount) },
    ...(code === undefined ? [] : [{ series: ['failures', code], by: 1n } as const]),
    ...(latency === undefined
      ? []
      : [
          { series: ['durations', outcome, bucketOf(latency)], by: 1n } as const,
          { series: ['duration_sums', outcome], by: BigInt(latency) } as const,
        ]),
  ];
  return { unit: currency, counts };
}

/** One count for each series. */
export function addUp(counts: readonly Count[]): Count[] {
  const sums = new Map<string, Count>();
  for (const { series, by } of counts) {
    const name = nameOf(series);
    sums.set(name, { series, by: by + (sums.get(name)?.by ?? 0n) });
  }
  return [...sums.values()];
}

/** The stored name is JSON, because labels may contain any character. */
export const nameOf = (series: Series) => JSON.stringify(series);
export const seriesOf = (name: string) => JSON.parse(name) as Series;

function bucketOf(milliseconds: number): (typeof BUCKETS)[number] {
  return BUCKETS.find((bound) => milliseconds <= Number(bound.replace('+Inf', 'Infinity')) * 1_000) ?? '+Inf';
}
