/**
 * `npm run start:localstack`: like `npm start`, but with LocalStack or a compatible server instead of the embedded stack. Tables,
 * queues, topics and buckets are created there from the same CloudFormation. Triggers, schedules and state machines run here,
 * so the functions need no Docker.
 *
 * - AWS_ENDPOINT_URL (http://localhost:4566): the endpoint of LocalStack.
 * - SLUICE_BANK_URL: a running bank. Without it the mock bank is started, unless one already listens on SLUICE_BANK_PORT.
 * - SLUICE_DATA_DIR (.sluice-localstack): API key, ledger of the bank, state of the state machines, and logs.
 */

import { print } from '../embedded/output.ts';
import { becomesFree, freePort } from '../embedded/ports.ts';
import { type AwsPlan, localUrl, run } from '../embedded/run.ts';
import { readSettings, type Settings } from '../embedded/settings.ts';
import { waitUntilHealthy } from './health.ts';
import { startStates } from './states.ts';

/** How long the mock bank of a service that was just killed may need to exit. */
const BANK_EXIT_MS = 1_000;

const { env } = process;

async function localStack({ awsPort, dataDir }: Settings): Promise<AwsPlan> {
  const endpoint = (env.AWS_ENDPOINT_URL || `http://localhost:${awsPort}`).replace(/\/+$/, '');
  await waitUntilHealthy(endpoint, () => print(`Waiting for ${endpoint}`));
  const statesPort = await freePort();
  return {
    endpoint,
    dynamoEndpoint: endpoint,
    isEmbedded: false,
    statesEndpoint: localUrl(statesPort),
    start: (lambdaPort, log) => startStates(statesPort, dataDir, lambdaPort, log),
  };
}

async function runningBank({ bankPort }: Settings): Promise<string | undefined> {
  if (env.SLUICE_BANK_URL) return env.SLUICE_BANK_URL;
  if (await becomesFree(bankPort, BANK_EXIT_MS)) return undefined;
  return (await isMockBank(localUrl(bankPort))) ? localUrl(bankPort) : undefined;
}

/** Only the mock bank has modes. */
async function isMockBank(url: string): Promise<boolean> {
  try {
    const answer = await fetch(`${url}/mode`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok && typeof ((await answer.json()) as { mode?: unknown }).mode === 'string';
  } catch {
    return false;
  }
}

run(() => ({
  settings: readSettings({ ...env, SLUICE_DATA_DIR: env.SLUICE_DATA_DIR || '.sluice-localstack' }),
  planAws: localStack,
  findBank: runningBank,
}));
