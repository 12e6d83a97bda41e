import { health } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { checkHealth } from '../../lib/system/check-health.ts';

const TIMEOUT_MS = 2_000;

/**
 * GET /health: 503 with the dependencies that do not answer, else 200. A version of the data that is not the expected one
 * is told, and is no reason to take the service down.
 */
export const handler = http({}, async () => {
  const found = await checkHealth(health(), TIMEOUT_MS);
  return { status: found.status === 'degraded' ? 503 : 200, body: found };
});
