import { readFile } from 'node:fs/promises';
import { tableIsUp } from '../aws/clients.ts';
import { queueIsUp } from '../aws/queue.ts';
import type { Config } from '../config.ts';
import { dynamoPositions } from '../recovery/dynamo-positions.ts';
import type { RecoveryDeps } from '../recovery/run-recovery.ts';
import { machine } from '../runtime.ts';
import type { HealthDeps } from '../system/check-health.ts';
import type { DocsDeps } from '../system/docs.ts';
import { dynamoDataVersion } from '../system/dynamo-data-version.ts';
import type { Of } from './outside.ts';

export function recoveryDeps(settings: Config, { dynamo }: Of<'dynamo'>, { now } = machine): RecoveryDeps {
  return { positions: dynamoPositions(dynamo, settings.SYSTEM_TABLE), now };
}

export function healthDeps(
  settings: Config,
  { dynamo, queues, bank }: Of<'dynamo' | 'queues' | 'bank'>,
  runtime = machine,
): HealthDeps {
  return {
    checks: [
      { name: 'database', isUp: () => tableIsUp(dynamo, settings.PAYOUTS_TABLE) },
      { name: 'queue', isUp: () => queueIsUp(queues, settings.CHUNKS_QUEUE) },
      { name: 'bank', isUp: () => bank.isHealthy() },
    ],
    dataVersion: dynamoDataVersion(dynamo, settings.SYSTEM_TABLE),
    ...runtime,
  };
}

/** The deployment package is the working directory of a function. */
export const docsDeps = (): DocsDeps => ({ readFile: (path) => readFile(path) });
