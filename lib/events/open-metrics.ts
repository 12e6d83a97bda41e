import { BUCKETS, type Count, FAMILIES, type Family } from './counts.ts';
import type { Backlog } from './ports.ts';

/*
 * The text format for monitoring systems. Values are whole numbers of any size, which client libraries convert to floats.
 * Source: OpenMetrics 1.0.0, "Text format".
 */
export const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

type Labels = Readonly<Record<string, string>>;
type Sample = { readonly suffix?: string; readonly labels: Labels; readonly value: string };

/** @param now epoch milliseconds */
export function openMetrics(counts: readonly Count[], backlog: Backlog, now: number): string {
  const of = (family: Family) => samplesOf(family, counts);
  const age = backlog.oldest === undefined ? 0 : Math.max(0, now - Date.parse(backlog.oldest));
  return [
    ...family('sluice_payments', 'counter', FAMILIES.payments.help, totals(of('payments'))),
    ...family('sluice_payment_amounts_minor_units', 'counter', FAMILIES.amounts.help, totals(of('amounts')), {
      unit: 'minor_units',
    }),
    ...family('sluice_payment_failures', 'counter', FAMILIES.failures.help, totals(of('failures'))),
    ...family('sluice_payment_duration_seconds', 'histogram', FAMILIES.durations.help, histogram(of), {
      unit: 'seconds',
    }),
    ...family('sluice_withdrawals', 'counter', FAMILIES.withdrawals.help, totals(of('withdrawals'))),
    ...family(
      'sluice_withdrawal_failures',
      'counter',
      FAMILIES.withdrawal_failures.help,
      totals(of('withdrawal_failures')),
    ),
    ...family('sluice_outbox_waiting', 'gauge', `Events not published yet, up to ${backlog.countedUpTo}.`, [
      { labels: {}, value: String(backlog.waiting) },
    ]),
    ...family(
      'sluice_outbox_age_seconds',
      'gauge',
      'Age of the oldest event that is not published yet.',
      [{ labels: {}, value: seconds(BigInt(age)) }],
      { unit: 'seconds' },
    ),
    '# EOF\n',
  ].join('\n');
}

function family(
  name: string,
  type: 'counter' | 'gauge' | 'histogram',
  help: string,
  samples: readonly Sample[],
  { unit }: { unit?: string } = {},
): string[] {
  return [
    `# TYPE ${name} ${type}`,
    ...(unit === undefined ? [] : [`# UNIT ${name} ${unit}`]),
    `# HELP ${name} ${help}`,
    ...samples.map(({ suffix = '', labels, value }) => `${name}${suffix}${labelsText(labels)} ${value}`),
  ];
}

function samplesOf(family: Family, counts: readonly Count[]): { labels: Labels; by: bigint }[] {
  return counts
    .filter(({ series }) => series[0] === family)
    .map(({ series: [, ...values], by }) => ({
      labels: Object.fromEntries(FAMILIES[family].labels.map((label, index) => [label, values[index] ?? ''])),
      by,
    }));
}

const totals = (samples: readonly { labels: Labels; by: bigint }[]): Sample[] =>
  samples.map(({ labels, by }) => ({ suffix: '_total', labels, value: `${by}` }));

/** Buckets are cumulative: each includes the ones before it. */
function histogram(of: (family: Family) => { labels: Labels; by: bigint }[]): Sample[] {
  const byOutcome = Map.groupBy(of('durations'), ({ labels }) => labels.outcome ?? '');
  const sums = new Map(of('duration_sums').map(({ labels, by }) => [labels.outcome, by]));
  return [...byOutcome].flatMap(([outcome, counted]) => {
    let count = 0n;
    const buckets = BUCKETS.map((le): Sample => {
      count += counted.find(({ labels }) => labels.le === le)?.by ?? 0n;
      return { suffix: '_bucket', labels: { outcome, le }, value: `${count}` };
    });
    return [
      ...buckets,
      { suffix: '_count', labels: { outcome }, value: `${count}` },
      { suffix: '_sum', labels: { outcome }, value: seconds(sums.get(outcome) ?? 0n) },
    ];
  });
}

function seconds(milliseconds: bigint): string {
  return `${milliseconds / 1_000n}.${String(milliseconds % 1_000n).padStart(3, '0')}`;
}

function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };
const escaped = (text: string) => text.replace(/[\\"\n]/g, (character) => ESCAPES[character] ?? character);
