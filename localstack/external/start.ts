/**
 * `npm run start:localstack`: the service as `npm start` runs it, with LocalStack, or a server like it, in place of the
 * embedded stack. Tables, queues, topics and buckets are created there from the same CloudFormation; triggers, schedules
 * and state machines are served here, as under `npm start`, so the functions need no Docker.
 *
 * AWS_ENDPOINT_URL says where it is (http://localhost:4566). The mock bank is started unless SLUICE_BANK_URL names a
 * bank or one runs on SLUICE_BANK_PORT already, as under `docker compose up`. SLUICE_DATA_DIR (.sluice-localstack) keeps
 * the API key, the bank's ledger and logs; the rest is LocalStack's to keep.
 */

import { becomesFree, freePort } from '../embedded/ports.ts';
import { type AwsPlan, local, run, say } from '../embedded/run.ts';
import { readSettings, type Settings } from '../embedded/settings.ts';
import { untilHealthy } from './health.ts';
import { startStates } from './states.ts';

/** For the mock bank of a service that was killed a moment ago to end, before it is taken for one that stays. */
const BANK_PATIENCE_MS = 1_000;

const { env } = process;

async function localStack({ awsPort, dataDir }: Settings): Promise<AwsPlan> {
  const endpoint = (env.AWS_ENDPOINT_URL || `http://localhost:${awsPort}`).replace(/\/+$/, '');
  await untilHealthy(endpoint, () => say(`Waiting for AWS at ${endpoint}`));
  const statesPort = await freePort();
  return {
    endpoint,
    dynamoEndpoint: endpoint,
    statesEndpoint: local(statesPort),
    start: (lambdaPort, log) => startStates(statesPort, dataDir, lambdaPort, log),
  };
}

async function runningBank({ bankPort }: Settings): Promise<string | undefined> {
  if (env.SLUICE_BANK_URL) return env.SLUICE_BANK_URL;
  if (await becomesFree(bankPort, BANK_PATIENCE_MS)) return undefined;
  return (await isMockBank(local(bankPort))) ? local(bankPort) : undefined;
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
