/**
 * `npm start`: the whole service on this machine. Three processes besides this one: DynamoDB, the mock bank, and
 * serverless-offline with the functions; the rest of AWS runs in here (stack.ts).
 *
 * SLUICE_PORT, SLUICE_AWS_PORT, SLUICE_BANK_PORT and SLUICE_DATA_DIR move it aside, so that two can run at once.
 */

import { findDynamo } from './dynoxide.ts';
import { freePort } from './ports.ts';
import { type AwsPlan, claim, local, run } from './run.ts';
import { readSettings, type Settings } from './settings.ts';

async function embeddedAws({ dataDir, awsPort: port }: Settings): Promise<AwsPlan> {
  const dynamo = findDynamo();
  await claim('SLUICE_AWS_PORT', port);
  const dynamoPort = await freePort();
  return {
    endpoint: local(port),
    dynamoEndpoint: 'origin' in dynamo ? dynamo.origin : local(dynamoPort),
    start: async (lambdaPort, log) => {
      const { startStack } = await import('./stack.ts'); // only now, so that it loads while the children do
      return startStack({ dataDir, port, dynamoPort, lambdaPort, log });
    },
  };
}

run(() => ({ settings: readSettings(process.env), planAws: embeddedAws }));
