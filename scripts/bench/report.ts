import { bestShare } from './best-schedule.ts';
import type { Operation } from './bill.ts';
import { type Limits, limitOf } from './calibration.ts';
import { type Bank, type Measured, median } from './measure.ts';
import { requestsTo, sum } from './meter.ts';

/** Runs of the same size with the same bank. */
export type Series = { readonly bank: Bank; readonly runs: readonly Measured[] };

const BUDGET_SIZE = 5_000;

type Figure = (measured: Measured) => number;

const medianOf = ({ runs }: Series, figure: Figure, digits = 2) => Number(median(runs.map(figure)).toFixed(digits));
const percentOfBound: Figure = ({ boundSeconds, processSeconds }) => (100 * boundSeconds) / processSeconds;
const itemWrites: Figure = ({ counts, payouts }) => counts.itemWrites / payouts;
const writeUnits: Figure = ({ counts, payouts }) => sum(counts.units?.written) / payouts;
const sqsRequests: Figure = ({ counts, payouts }) => requestsTo('sqs', counts) / payouts;
const sizeOf = ({ runs }: Series) => runs[0]?.payouts ?? 0;
const isSlow = ({ bank }: Series) => bank.latencyMs[1] > 0;

export function medianRow(series: Series, limits: Limits) {
  const [first] = series.runs;
  return {
    payouts: sizeOf(series),
    bank: `${series.bank.mode}, ${series.bank.latencyMs.join('-')} ms`,
    runs: series.runs.length,
    'create s': medianOf(series, (run) => run.createSeconds),
    'process s': medianOf(series, (run) => run.processSeconds),
    '% of bound': isSlow(series) ? medianOf(series, percentOfBound, 0) : '',
    'at best %': isSlow(series) && first ? Math.round(100 * bestShare(first, series.bank.latencyMs)) : '',
    ...(first &&
      limitOf(limits, { ...first, seconds: first.createSeconds + first.processSeconds, bankCalls: first.attempts })),
    'attempts/payout': medianOf(series, (run) => run.attempts / run.payouts, 3),
    'writes/payout': medianOf(series, itemWrites, 3),
    'SQS/payout': medianOf(series, sqsRequests, 3),
  };
}

/**
 * Compares the largest batch with the budgets of the design; of several banks, the worst. Budgets for 5,000 payouts are
 * shown for a smaller batch, but not judged.
 */
export function againstBudgets(all: readonly Series[], startSeconds: number) {
  const largest = Math.max(...all.map(sizeOf));
  const series = all.filter((one) => sizeOf(one) === largest);
  const worst = (figure: Figure, of = series) => Math.max(...of.map((one) => medianOf(one, figure)));
  const isFullSize = largest === BUDGET_SIZE;
  const payouts = `${largest.toLocaleString('en')} payouts`;
  const quick = (mode: Bank['mode']) => series.filter((one) => !isSlow(one) && one.bank.mode === mode);
  const least = (figure: Figure) => -worst((run) => -figure(run), series.filter(isSlow));
  return [
    line(
      `create ${payouts}, s`,
      worst((run) => run.createSeconds),
      atMost(0.5),
      isFullSize,
    ),
    line(
      `${payouts} at latency 0, 15 % refused, s`,
      worst((run) => run.processSeconds, quick('random')),
      atMost(2.5),
      isFullSize,
    ),
    line(
      `${payouts} at latency 0, all paid, s`,
      worst((run) => run.processSeconds, quick('happy')),
      atMost(1.7),
      isFullSize,
    ),
    line(`${payouts} at 50-500 ms, % of the bound`, least(percentOfBound), atLeast(95), isFullSize),
    line('item writes per payout, all paid', worst(itemWrites, quick('happy')), atMost(2.1)),
    line('write units per payout, all paid', worst(writeUnits, quick('happy')), atMost(4)),
    line('SQS requests per payout', worst(sqsRequests), atMost(0.1)),
    line('start to first answer, s', Number(startSeconds.toFixed(2)), atMost(3)),
  ];
}

export function payoutOperations(all: readonly Series[]): Operation[] {
  const largest = Math.max(...all.map(sizeOf));
  return all
    .filter((one) => sizeOf(one) === largest && !isSlow(one))
    .flatMap(({ bank, runs: [first] }) => {
      const operation = bank.mode === 'happy' ? 'payout, all paid' : 'payout, 15 % refused';
      return first ? [{ operation, many: first.payouts, counts: first.counts }] : [];
    });
}

type Budget = { readonly text: string; readonly holds: (measured: number) => boolean };

export const atMost = (limit: number): Budget => ({ text: `at most ${limit}`, holds: (measured) => measured <= limit });
export const atLeast = (limit: number): Budget => ({
  text: `at least ${limit}`,
  holds: (measured) => measured >= limit,
});

export function line(what: string, measured: number, { text, holds }: Budget, applies = true) {
  return { what, measured, budget: text, kept: applies ? (holds(measured) ? 'yes' : 'NO') : '' };
}
