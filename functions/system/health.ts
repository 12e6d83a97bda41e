import { health } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { checkHealth } from '../../lib/system/check-health.ts';

const TIMEOUT_MS = 2_000;

/**
 * GET /health: 503 if a dependency does not answer, else 200. The answer shows an unexpected data version, but the service
 * stays up.
 */
export const handler = http({}, async () => {
  const found = await checkHealth(health(), TIMEOUT_MS);
  return { status: found.status === 'degraded' ? 503 : 200, body: found };
});
