/** Runs a stream trigger for the test that kills it: `<endpoint> <positions file> <Lambda port>`. */

import { lambdaClient } from '../../localstack/embedded/lambda.ts';
import { startStreamPoller } from '../../localstack/embedded/offline/streams/poller.ts';
import { StreamPositions } from '../../localstack/embedded/offline/streams/positions.ts';

const [, , endpoint = '', positionsFile = '', lambdaPort = ''] = process.argv;
startStreamPoller({
  endpoint,
  trigger: {
    functionName: 'relay',
    tableName: 'events',
    region: 'us-east-1',
    startingPosition: 'TRIM_HORIZON',
    batchSize: 2,
    batchingWindowSeconds: 0,
    maximumRetryAttempts: Number.POSITIVE_INFINITY,
    maximumRecordAgeSeconds: Number.POSITIVE_INFINITY,
    bisectsBatch: false,
    reportsFailures: false,
    filter: () => true,
  },
  positions: new StreamPositions(positionsFile),
  invoke: lambdaClient(`http://127.0.0.1:${lambdaPort}`).invoke,
  log: (line) => process.stderr.write(`${line}\n`),
});
