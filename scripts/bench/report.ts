import { type Bank, type Measured, median } from './measure.ts';

/** Runs of the same size with the same bank. */
export type Series = { readonly bank: Bank; readonly runs: readonly Measured[] };

const BUDGET_SIZE = 5_000;

type Figure = (measured: Measured) => number;

const medianOf = ({ runs }: Series, figure: Figure, digits = 2) => Number(median(runs.map(figure)).toFixed(digits));
const percentOfBound: Figure = ({ boundSeconds, processSeconds }) => (100 * boundSeconds) / processSeconds;
const sizeOf = ({ runs }: Series) => runs[0]?.payouts ?? 0;
const isSlow = ({ bank }: Series) => bank.latencyMs[1] > 0;

export function medianRow(series: Series) {
  return {
    payouts: sizeOf(series),
    bank: `${series.bank.mode}, ${series.bank.latencyMs.join('-')} ms`,
    runs: series.runs.length,
    'create s': medianOf(series, (run) => run.createSeconds),
    'process s': medianOf(series, (run) => run.processSeconds),
    '% of bound': isSlow(series) ? medianOf(series, percentOfBound, 0) : '',
    'attempts/payout': medianOf(series, (run) => run.attempts / run.payouts, 3),
    'writes/payout': medianOf(series, (run) => run.itemWritesPerPayout, 3),
    'SQS/payout': medianOf(series, (run) => run.sqsRequestsPerPayout, 3),
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
  const quick = series.filter((one) => !isSlow(one));
  const least = (figure: Figure) => -worst((run) => -figure(run), series.filter(isSlow));
  return [
    line(
      `create ${payouts}, s`,
      worst((run) => run.createSeconds),
      atMost(0.6),
      isFullSize,
    ),
    line(
      `${payouts} at latency 0, s`,
      worst((run) => run.processSeconds, quick),
      atMost(3.8),
      isFullSize,
    ),
    line(`${payouts} at 50-500 ms, % of the bound`, least(percentOfBound), atLeast(90), isFullSize),
    line(
      'item writes per payout',
      worst((run) => run.itemWritesPerPayout),
      atMost(2.2),
    ),
    line(
      'SQS requests per payout',
      worst((run) => run.sqsRequestsPerPayout),
      atMost(0.1),
    ),
    line('start to first answer, s', Number(startSeconds.toFixed(2)), atMost(5)),
  ];
}

type Budget = { readonly text: string; readonly holds: (measured: number) => boolean };

export const atMost = (limit: number): Budget => ({ text: `at most ${limit}`, holds: (measured) => measured <= limit });
const atLeast = (limit: number): Budget => ({ text: `at least ${limit}`, holds: (measured) => measured >= limit });

export function line(what: string, measured: number, { text, holds }: Budget, applies = true) {
  return { what, measured, budget: text, kept: applies ? (holds(measured) ? 'yes' : 'NO') : '' };
}
