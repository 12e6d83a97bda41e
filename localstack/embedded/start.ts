/**
 * `npm start`: runs the whole service on this machine. It starts three processes: DynamoDB, the mock bank, and serverless-offline
 * with the functions. The rest of the AWS emulator runs in this process (stack.ts).
 *
 * To run two at once, set SLUICE_PORT, SLUICE_AWS_PORT, SLUICE_BANK_PORT and SLUICE_DATA_DIR. The port of the laboratory, which
 * this process serves, is then another one by itself.
 */

import { findDynamo } from './dynoxide.ts';
import { becomesFree, freePort } from './ports.ts';
import { type AwsPlan, localUrl, requireFreePort, run } from './run.ts';
import { readSettings, type Settings } from './settings.ts';

const USUAL_LABORATORY_PORT = 4601;

async function embeddedAws({ dataDir, awsPort: port, labPort }: Settings): Promise<AwsPlan> {
  const dynamo = findDynamo();
  await requireFreePort('SLUICE_AWS_PORT', port);
  const dynamoPort = await freePort();
  return {
    laboratoryPort: await laboratoryPort(labPort),
    endpoint: localUrl(port),
    isEmbedded: 'binary' in dynamo,
    dynamoEndpoint: 'origin' in dynamo ? dynamo.origin : localUrl(dynamoPort),
    start: async (lambdaPort, log) => {
      const { startStack } = await import('./stack.ts'); // here, so that it loads in parallel with the child processes
      return startStack({ dataDir, port, dynamoPort, lambdaPort, log });
    },
  };
}

/** Two services that share no other port need no setting for this one. */
async function laboratoryPort(chosen: number | undefined): Promise<number> {
  if (chosen !== undefined) await requireFreePort('SLUICE_LAB_PORT', chosen);
  return chosen ?? ((await becomesFree(USUAL_LABORATORY_PORT, 0)) ? USUAL_LABORATORY_PORT : freePort());
}

run(() => ({ settings: readSettings(process.env), planAws: embeddedAws }));
