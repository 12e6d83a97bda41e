import { Group, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { type Batch, isFinished } from '../../../../client/index.ts';
import { formatDuration } from '../../format.ts';
import { Time } from '../../parts/time.tsx';

/** Payouts that had ended at a time. */
type Sample = { readonly at: number; readonly ended: number };
const WINDOW_MS = 30_000;

const endedOf = ({ counts }: Batch) => counts.completed + counts.failed + counts.cancelled + counts.returned;

/** The reads of the last 30 seconds. */
function useSamples(batch: Batch): readonly Sample[] {
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const ended = endedOf(batch);
  useEffect(() => {
    const at = Date.now();
    setSamples((before) => [...before.filter((sample) => sample.at > at - WINDOW_MS), { at, ended }]);
  }, [ended]);
  return samples;
}

/** Payouts per second: of what was watched, else since the start. */
function rateOf(batch: Batch, samples: readonly Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (first && last && last.at - first.at >= 3_000) return ((last.ended - first.ended) * 1_000) / (last.at - first.at);
  if (!batch.started_at || batch.run > 1) return undefined;
  const until = batch.finished_at ? Date.parse(batch.finished_at) : Date.now();
  return (endedOf(batch) * 1_000) / Math.max(1, until - Date.parse(batch.started_at));
}

/** How fast the batch is paid, and when it will have ended if it goes on like this. */
export function Throughput({ batch }: { batch: Batch }) {
  const samples = useSamples(batch);
  const rate = rateOf(batch, samples);
  if (rate === undefined || rate <= 0) return null;
  const left = batch.total_count - endedOf(batch);
  const remainingMs = (left / rate) * 1_000;
  const moves = !isFinished(batch) && batch.status === 'in_progress' && left > 0;
  return (
    <Group gap="md" mt="sm">
      <Text size="sm">
        <strong>{rate >= 10 ? Math.round(rate) : rate.toFixed(1)}</strong> payouts per second
      </Text>
      {moves && (
        <Text size="sm">
          Expected end in {formatDuration(Math.ceil(remainingMs / 1_000) * 1_000)}, at{' '}
          <Time at={new Date(Date.now() + remainingMs).toISOString()} />
        </Text>
      )}
    </Group>
  );
}
