import { setTimeout } from 'node:timers/promises';

/** How long to wait. A starting container may need 90 s. If the connection is refused, there is probably no container. */
const TIMEOUT_MS = { starting: 90_000, refused: 5_000 };
const CHECK_EVERY_MS = 500;
/** The AWS services that the functions use. */
export const NEEDED = ['dynamodb', 'sqs', 'sns', 's3'];

/**
 * Waits until the endpoint is healthy.
 * @param onWait called once, if the endpoint is not healthy at first.
 * @throws Error with a one-line message: the problem and the remedy.
 */
export async function waitUntilHealthy(endpoint: string, onWait: () => void, timeout = TIMEOUT_MS): Promise<void> {
  const startedAt = Date.now();
  for (let attempt = 1; ; attempt++) {
    const state = await readState(endpoint);
    if (state === 'healthy') return;
    if (Date.now() - startedAt > timeout[state]) break;
    if (attempt === 1) onWait();
    await setTimeout(CHECK_EVERY_MS);
  }
  throw new Error(
    `No answer from ${endpoint}. Start LocalStack (docker compose up -d), or set AWS_ENDPOINT_URL to its endpoint.`,
  );
}

/** @throws Error if LocalStack runs without a service that is needed. */
async function readState(endpoint: string): Promise<'healthy' | keyof typeof TIMEOUT_MS> {
  let answer: Response;
  try {
    answer = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(5_000) });
  } catch (error) {
    return isRefused((error as Error).cause) ? 'refused' : 'starting';
  }
  if (answer.status >= 500) return 'starting';
  if (!answer.ok) return 'healthy'; // not LocalStack, but it answers
  const { services = {} } = (await answer.json()) as { services?: Record<string, string> };
  const missing = NEEDED.filter((name) => ['disabled', 'error'].includes(services[name] ?? ''));
  if (missing.length === 0) return 'healthy';
  throw new Error(`${endpoint} runs without ${missing.join(', ')}: add them to its SERVICES.`);
}

/** A host with several addresses fails with one error per address. */
function isRefused(cause: unknown): boolean {
  const { code, errors = [] } = (cause ?? {}) as { code?: string; errors?: unknown[] };
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || (errors.length > 0 && errors.every(isRefused));
}
