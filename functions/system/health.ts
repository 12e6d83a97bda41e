import { healthChecks } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { checkHealth } from '../../lib/system/check-health.ts';

const TIMEOUT_MS = 2_000;

/** GET /health: 200 if all dependencies answer, else 503 with the ones that do not */
export const handler = http(async () => {
  const health = await checkHealth(healthChecks(), TIMEOUT_MS);
  return { status: health.status === 'ok' ? 200 : 503, body: health };
});
