/**
 * AWS on a laptop: DynamoDB, SQS, SNS, S3, STS, Step Functions and Lambda's Invoke behind one endpoint, without Docker.
 *
 * Every acknowledged write is in a SQLite file in `dataDir`, so a kill -9 of all processes loses nothing. Only one stack may
 * use a directory at a time.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openCors } from './bucket-cors.ts';
import type { RunningProcess } from './children.ts';
import { findDynamo, startDynamo } from './dynoxide.ts';
import { proxyTo, startEndpoint } from './endpoint.ts';
import { startQueues } from './fauxqs.ts';
import { lambdaApi, lambdaClient } from './lambda.ts';
import { openNotifications } from './notifications/api.ts';
import { freePort } from './ports.ts';
import { openStates } from './states/api.ts';

export interface StackOptions {
  dataDir: string;
  /** Port of the endpoint, on loopback. Default: any free port. */
  port?: number;
  /** Port of DynamoDB, for direct access without the hop. Default: any free port. */
  dynamoPort?: number;
  /** The Lambda port of serverless-offline. Without it no function can be invoked. */
  lambdaPort?: number;
  /** Called with a line for each background error. */
  log?: (line: string) => void;
}

/** For the laboratory. */
export interface StackInternals {
  /** DynamoDB, unless it runs elsewhere. */
  database: RunningProcess | undefined;
  /** The functions are about to be killed: their executions restart at the next `resumeExecutions`. */
  interruptExecutions(): void;
  /** The functions were killed: messages that they had received become visible within a second. */
  releaseMessages(): Promise<void>;
}

export interface Stack {
  /** The value of AWS_ENDPOINT_URL. */
  endpoint: string;
  /** Resolves with a message for the user if a part of the stack exits. */
  failed: Promise<string>;
  /** Restarts interrupted executions. Call it when functions can be invoked. */
  resumeExecutions(): Promise<void>;
  internals: StackInternals;
  /** Waits for requests in progress, then stops. Idempotent. */
  stop(): Promise<void>;
}

/** @throws Error with a one-line message if the port is in use or this platform has no DynamoDB. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { dataDir, port = 0, lambdaPort, log = () => {} } = options;
  mkdirSync(dataDir, { recursive: true });
  const [dynamo, queues] = await Promise.all([
    startDynamo(findDynamo(), join(dataDir, 'dynamodb.db'), options.dynamoPort ?? (await freePort())),
    startQueues(dataDir),
  ]);
  const dynamoProxy = proxyTo(dynamo.origin);
  const lambda = lambdaClient(`http://127.0.0.1:${lambdaPort ?? 9}`); // port 9 (discard) refuses connections
  const states = openStates(dataDir, lambda.invoke, log);
  const notifications = openNotifications({ dataDir, s3: queues.handle, send: queues.send, log });
  const endpoint = await startEndpoint(port, {
    dynamodb: dynamoProxy.handle,
    sqs: queues.handle,
    sns: queues.handle,
    s3: openCors({ dataDir, s3: notifications.handle }),
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
    internals: {
      database: dynamo.process,
      interruptExecutions: states.interrupt,
      releaseMessages: queues.release,
    },
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}
