/** Is LocalStack there, and has it what the service needs? */

import { setTimeout } from 'node:timers/promises';

/** A container takes this long to come up at most; one that is not there refuses at once, and is given less. */
const PATIENCE_MS = { starting: 90_000, refused: 5_000 };
const LOOK_EVERY_MS = 500;
/** The services that hold what the functions work with. */
export const NEEDED = ['dynamodb', 'sqs', 'sns', 's3'];

/**
 * Waits until the endpoint says that it is up.
 * @param onWait called once, if it is not up at first.
 * @throws Error with a one-line message: what is missing, and what to do.
 */
export async function untilHealthy(endpoint: string, onWait: () => void, patience = PATIENCE_MS): Promise<void> {
  const began = Date.now();
  for (let looks = 0; ; looks++) {
    const state = await look(endpoint);
    if (state === 'healthy') return;
    if (Date.now() - began > patience[state]) break;
    if (looks === 0) onWait();
    await setTimeout(LOOK_EVERY_MS);
  }
  throw new Error(
    `No AWS answers at ${endpoint}: start LocalStack (docker compose up -d), or set AWS_ENDPOINT_URL to where it runs.`,
  );
}

/** @throws Error when it is up and will never have a service that is needed. */
async function look(endpoint: string): Promise<'healthy' | keyof typeof PATIENCE_MS> {
  let answer: Response;
  try {
    answer = await fetch(`${endpoint}/_localstack/health`, { signal: AbortSignal.timeout(5_000) });
  } catch (error) {
    return refused((error as Error).cause) ? 'refused' : 'starting';
  }
  if (answer.status >= 500) return 'starting';
  if (!answer.ok) return 'healthy'; // not LocalStack, but somebody who answers: what it cannot do will show
  const { services = {} } = (await answer.json()) as { services?: Record<string, string> };
  const missing = NEEDED.filter((name) => ['disabled', 'error'].includes(services[name] ?? ''));
  if (missing.length === 0) return 'healthy';
  throw new Error(`${endpoint} runs without ${missing.join(', ')}: add them to its SERVICES.`);
}

/** A name with several addresses fails with the failures of each. */
function refused(cause: unknown): boolean {
  const { code, errors = [] } = (cause ?? {}) as { code?: string; errors?: unknown[] };
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || (errors.length > 0 && errors.every(refused));
}
