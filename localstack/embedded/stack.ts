/**
 * AWS on a laptop: DynamoDB, SQS, SNS, S3, STS, Step Functions and Lambda's Invoke behind one endpoint, without Docker.
 *
 * All state is in `dataDir` and every acknowledged write is in a SQLite file there, so a kill -9 of everything loses
 * nothing; the next start carries on. Only one stack may use a directory at a time.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { findDynamo, startDynamo } from './dynoxide.ts';
import { proxyTo, startEndpoint } from './endpoint.ts';
import { startQueues } from './fauxqs.ts';
import { lambdaApi, lambdaClient } from './lambda.ts';
import { openNotifications } from './notifications/api.ts';
import { freePort } from './ports.ts';
import { openStates } from './states/api.ts';

export interface StackOptions {
  dataDir: string;
  /** Where the endpoint listens on loopback; 0 or absent for any free port. */
  port?: number;
  /** Where DynamoDB itself listens, for callers that want to reach it without the hop; any free port when absent. */
  dynamoPort?: number;
  /** serverless-offline's Lambda port; without one no function can be invoked. */
  lambdaPort?: number;
  /** Hears, in one line each, what went wrong in the background. */
  log?: (line: string) => void;
}

export interface Stack {
  /** What to put into AWS_ENDPOINT_URL. */
  endpoint: string;
  /** Resolves, with what to tell the user, when a part of the stack ends by itself. */
  failed: Promise<string>;
  /** Begins executions again that the last stop, or kill, cut off. Call it once functions can be invoked. */
  resumeExecutions(): Promise<void>;
  /** Answers what is under way, then stops. Stopping twice is stopping once. */
  stop(): Promise<void>;
}

/** @throws Error with a one-line message when the port is taken or this platform has no DynamoDB. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, port = 0, lambdaPort, log = () => {} } = options;
  mkdirSync(dataDir, { recursive: true });
  const [dynamo, queues] = await Promise.all([
    startDynamo(findDynamo(), join(dataDir, 'dynamodb.db'), options.dynamoPort ?? (await freePort())),
    startQueues(dataDir),
  ]);
  const dynamoProxy = proxyTo(dynamo.origin);
  const lambda = lambdaClient(`http://127.0.0.1:${lambdaPort ?? 9}`); // port 9 (discard): refused at once
  const states = openStates(dataDir, lambda.invoke, log);
  const notifications = openNotifications({ dataDir, s3: queues.handle, send: queues.send, log });
  const endpoint = await startEndpoint(port, {
    dynamodb: dynamoProxy.handle,
    sqs: queues.handle,
    sns: queues.handle,
    s3: notifications.handle,
    sts: queues.handle,
    states: states.handle,
    lambda: lambdaApi(lambda.invoke, log),
  });
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    await endpoint.stop();
    states.stop();
    await notifications.stop();
    await Promise.all([queues.stop(), dynamoProxy.stop(), lambda.stop()]);
    await dynamo.stop();
  };
  return {
    endpoint: `http://127.0.0.1:${endpoint.port}`,
    failed: dynamo.failed,
    resumeExecutions: states.resume,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
