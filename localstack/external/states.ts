/**
 * Step Functions for use with LocalStack. LocalStack itself would run the steps as Lambda functions in Docker instead of the
 * functions that run here.
 */

import { createServer } from 'node:http';
import { lambdaClient } from '../embedded/lambda.ts';
import type { Aws } from '../embedded/run.ts';
import { openStates } from '../embedded/states/api.ts';

/** Listens on loopback. Executions are stored in `dataDir` and survive a kill. */
export async function startStates(
  port: number,
  dataDir: string,
  lambdaPort: number,
  log: (line: string) => void,
): Promise<Aws> {
  const lambda = lambdaClient(`http://127.0.0.1:${lambdaPort}`);
  const states = openStates(dataDir, lambda.invoke, log);
  const server = createServer((request, response) => void states.handle(request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    failed: new Promise<string>(() => {}),
    resumeExecutions: states.resume,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      states.stop();
      await lambda.stop();
    },
  };
}
