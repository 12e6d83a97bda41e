import { metrics } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { OPEN_METRICS } from '../../lib/events/open-metrics.ts';
import { readMetrics } from '../../lib/events/read-metrics.ts';

/** GET /metrics */
export const handler = http({}, async () => ({
  status: 200,
  headers: { 'content-type': OPEN_METRICS },
  body: await readMetrics(metrics()),
}));
