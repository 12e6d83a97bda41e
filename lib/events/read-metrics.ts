import { openMetrics } from './open-metrics.ts';
import type { MetricsDeps } from './ports.ts';

/** @returns OpenMetrics text */
export async function readMetrics({ counters, outbox, now }: MetricsDeps): Promise<string> {
  const [counts, backlog] = await Promise.all([counters.read(), outbox.backlog()]);
  return openMetrics(counts, backlog, now());
}
