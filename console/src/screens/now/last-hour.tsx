import { Group, Text } from '@mantine/core';
import { useMemo } from 'react';
import type { PayoutOverview } from '../../../../client/index.ts';
import { formatCount } from '../../format.ts';
import { Chart } from '../../parts/chart.tsx';
import { Sums } from '../../parts/money.tsx';
import { nameOf, toneOf } from '../../parts/status.tsx';
import { To } from '../../parts/to.tsx';

type Throughput = PayoutOverview['throughput'];
const STATUSES = ['completed', 'failed', 'cancelled', 'returned'] as const;

const MINUTES = 60;
const MINUTE_MS = 60_000;
const CHART_HEIGHT = 160;

/** All minutes of the hour: the answer has only those in which payouts ended. */
function minutesOf({ until, minutes }: Throughput) {
  const byTime = new Map(minutes.map((minute) => [Date.parse(minute.at), minute]));
  const last = Date.parse(until);
  const times = Array.from({ length: MINUTES }, (_, index) => last - (MINUTES - 1 - index) * MINUTE_MS);
  const valuesOf = (status: (typeof STATUSES)[number]) => times.map((at) => byTime.get(at)?.[status] ?? 0);
  const failed = valuesOf('failed');
  return {
    times: times.map((at) => at / 1_000),
    lines: [
      { values: valuesOf('completed'), tone: '--active' },
      ...(failed.some((count) => count > 0) ? [{ values: failed, tone: '--bad' }] : []),
    ],
  };
}

/** How many payouts workers ended in each minute of the last hour. */
export function LastHour({ throughput }: { throughput: Throughput }) {
  const { times, lines } = useMemo(() => minutesOf(throughput), [throughput]);
  const counted = STATUSES.map((status) => ({
    status,
    count: throughput.minutes.reduce((sum, minute) => sum + minute[status], 0),
  })).filter(({ status, count }) => count > 0 || status === 'completed' || status === 'failed');
  const inShort = counted.map(({ status, count }) => `${formatCount(count)} ${nameOf(status)}`).join(', ');
  return (
    <>
      <Group gap="lg" mb="sm" align="flex-start">
        {counted.map(({ status, count }) => (
          <Text key={status} size="sm" component="div">
            <To path="/batches">
              <strong>{formatCount(count)}</strong>
            </To>{' '}
            <span style={{ color: status === 'completed' ? 'var(--active)' : toneOf(status) }}>{nameOf(status)}</span>
          </Text>
        ))}
        {throughput.paid.length > 0 && (
          <Text size="sm" component="div">
            <Sums of={throughput.paid} />
          </Text>
        )}
      </Group>
      <Chart
        label={`Payouts that ended in each minute of the last hour: ${inShort}`}
        times={times}
        lines={lines}
        height={CHART_HEIGHT}
      />
    </>
  );
}
