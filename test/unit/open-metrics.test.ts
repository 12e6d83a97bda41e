import { describe, expect, it } from 'vitest';
import type { Count } from '../../lib/events/counts.ts';
import { openMetrics } from '../../lib/events/open-metrics.ts';

const NOW = Date.parse('2026-11-20T10:00:00.000Z');
const NOTHING = { waiting: 0, countedUpTo: 8_000 };
const counts: readonly Count[] = [
  { series: ['payments', 'completed', 'IDR'], by: 3n },
  { series: ['payments', 'failed', 'VND'], by: 1n },
  { series: ['amounts', 'completed', 'IDR'], by: 2n ** 70n + 1n },
  { series: ['failures', 'a "b"\\c\nd'], by: 1n },
  { series: ['durations', 'completed', '0.25'], by: 2n },
  { series: ['durations', 'completed', '+Inf'], by: 1n },
  { series: ['duration_sums', 'completed'], by: 61_005n },
];
const text = openMetrics(counts, { ...NOTHING, waiting: 12, oldest: '2026-11-20T09:59:55.500Z' }, NOW);

/** OpenMetrics 1.0.0, "ABNF", for counters, gauges and histograms without timestamps and exemplars. */
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABEL = String.raw`[a-zA-Z_][a-zA-Z0-9_]*="(?:[^\n"\\]|\\[n"\\])*"`;
const NUMBER = String.raw`[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?`;
const LINE = new RegExp(
  [
    `# TYPE ${NAME} (?:counter|gauge|histogram)`,
    `# UNIT ${NAME} [a-zA-Z0-9_:]+`,
    String.raw`# HELP ${NAME} (?:[^\n"\\]|\\[n"\\])*`,
    `${NAME}(?:\\{${LABEL}(?:,${LABEL})*\\})? ${NUMBER}`,
    '# EOF',
  ]
    .map((each) => `^(?:${each})$`)
    .join('|'),
);

describe('the metrics', () => {
  it('follow the grammar, one family after the other', () => {
    const lines = text.split('\n');
    expect(lines.slice(-2)).toEqual(['# EOF', '']);
    expect(lines.slice(0, -1).filter((line) => !LINE.test(line))).toEqual([]);
    const types = new Map(
      lines.flatMap((line) => {
        const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
        return name && type ? [[name, type]] : [];
      }),
    );
    expect(types.size).toBe(8);
    const suffixes: Record<string, string[]> = {
      counter: ['_total'],
      gauge: [''],
      histogram: ['_bucket', '_count', '_sum'],
    };
    let family = '';
    for (const line of lines) {
      family = /^# TYPE (\S+)/.exec(line)?.[1] ?? family;
      const unit = /^# UNIT (\S+) (\S+)$/.exec(line);
      if (unit) expect(unit[1]).toBe(`${family.slice(0, -(unit[2]?.length ?? 0))}${unit[2]}`);
      const sample = /^([a-z_]+)(?:\{| )/.exec(line)?.[1];
      if (sample) expect(suffixes[types.get(family) ?? ''], line).toContain(sample.slice(family.length));
    }
  });

  it('have every digit', () => {
    expect(text).toContain('sluice_payments_total{outcome="completed",currency="IDR"} 3\n');
    expect(text).toContain(
      `sluice_payment_amounts_minor_units_total{outcome="completed",currency="IDR"} ${2n ** 70n + 1n}\n`,
    );
    expect(text).toContain('sluice_outbox_waiting 12\n');
    expect(text).toContain('sluice_outbox_age_seconds 4.500\n');
  });

  it('escape special characters in labels', () => {
    expect(text).toContain(String.raw`sluice_payment_failures_total{code="a \"b\"\\c\nd"} 1`);
  });

  it('have cumulative buckets', () => {
    expect(text.split('\n').filter((line) => line.startsWith('sluice_payment_duration_seconds'))).toEqual([
      ...[
        ['0.1', 0],
        ['0.25', 2],
        ['0.5', 2],
        ['1.0', 2],
        ['2.5', 2],
        ['5.0', 2],
        ['10.0', 2],
        ['30.0', 2],
        ['60.0', 2],
        ['+Inf', 3],
      ].map(([le, count]) => `sluice_payment_duration_seconds_bucket{outcome="completed",le="${le}"} ${count}`),
      'sluice_payment_duration_seconds_count{outcome="completed"} 3',
      'sluice_payment_duration_seconds_sum{outcome="completed"} 61.005',
    ]);
  });

  it('exist before the first event', () => {
    const empty = openMetrics([], NOTHING, NOW);
    expect(empty.match(/^# TYPE/gm)).toHaveLength(8);
    expect(empty).toContain('sluice_outbox_waiting 0\n');
    expect(empty).toContain('sluice_outbox_age_seconds 0.000\n');
  });
});
