import { Group, Text } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import type { Batch } from '../../../../client/index.ts';
import { formatDuration } from '../../format.ts';
import { Chart } from '../../parts/chart.tsx';
import { Time } from '../../parts/time.tsx';

/** Payouts that had ended at a time. */
type Sample = { readonly at: number; readonly ended: number };

const WINDOW_MS = 20_000;
/** Five minutes of reads, so that an open page does not grow. */
const MOST_SAMPLES = 300;
const CHART_HEIGHT = 120;

const endedOf = ({ counts }: Batch) => counts.completed + counts.failed + counts.cancelled + counts.returned;

/** A sample of each read. */
function useSamples(ended: number, readAt: number): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  useEffect(() => setSamples((before) => [...before, { at: readAt, ended }].slice(-MOST_SAMPLES)), [ended, readAt]);
  return samples;
}

/** At each sample: payouts per second in the time before it. */
function ratesOf(samples: readonly Sample[]): number[] {
  let from = 0;
  return samples.map((last) => {
    while ((samples[from] ?? last).at < last.at - WINDOW_MS) from += 1;
    const first = samples[from] ?? last;
    return last.at === first.at ? 0 : ((last.ended - first.ended) * 1_000) / (last.at - first.at);
  });
}

const rounded = (rate: number) => (rate >= 10 ? Math.round(rate) : Number(rate.toFixed(1)));

/** How fast the batch is paid, and when it will have ended if it goes on like this. */
export function Throughput({ batch, readAt }: { batch: Batch; readAt: number }) {
  const ended = endedOf(batch);
  const samples = useSamples(ended, readAt);
  const lines = useMemo(() => [{ values: ratesOf(samples), tone: '--active' }], [samples]);
  if (batch.status !== 'in_progress') return <Average batch={batch} />;
  const rate = lines[0]?.values.at(-1) ?? 0;
  const remainingMs = ((batch.total_count - ended) / rate) * 1_000;
  return (
    <>
      <Group gap="md" my="sm">
        <Text size="sm">
          <strong>{rounded(rate)}</strong> payouts per second
        </Text>
        {rate > 0 && (
          <Text size="sm">
            Expected end in {formatDuration(Math.ceil(remainingMs / 1_000) * 1_000)}, at{' '}
            <Time at={new Date(readAt + remainingMs).toISOString()} />
          </Text>
        )}
      </Group>
      {samples.length > 4 && (
        <Chart
          label={`Payouts per second in the last minutes, now ${rounded(rate)}`}
          times={samples.map(({ at }) => at / 1_000)}
          lines={lines}
          height={CHART_HEIGHT}
        />
      )}
    </>
  );
}

/** Of a batch that has ended in its first run: later runs do not pay all of its payouts. */
function Average({ batch: { run, started_at, finished_at, total_count } }: { batch: Batch }) {
  if (run !== 1 || !started_at || !finished_at) return null;
  const seconds = Math.max(0.001, (Date.parse(finished_at) - Date.parse(started_at)) / 1_000);
  return (
    <Text size="sm" mt="sm">
      <strong>{rounded(total_count / seconds)}</strong> payouts per second
    </Text>
  );
}
