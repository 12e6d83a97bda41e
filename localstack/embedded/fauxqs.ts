/**
 * SQS, SNS, S3 and STS: fauxqs, in this process, with its state in one SQLite file.
 *
 * Our endpoint passes requests directly to its router, which saves a hop and a second parse.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type FauxqsServer, startFauxqs } from 'fauxqs';

export interface Queues {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Sends a message without HTTP. @throws Error if the queue does not exist */
  send(queueArn: string, body: string): Promise<void>;
  /** Makes all messages visible within a second that are in flight: their consumers were killed. The receive still counts. */
  release(): Promise<void>;
  stop(): Promise<void>;
}

/** The part of Fastify used here. */
interface App {
  routing(request: IncomingMessage, response: ServerResponse): void;
  inject(request: {
    method: 'POST';
    url: string;
    headers: Record<string, string>;
    payload: string;
  }): Promise<{ statusCode: number; body: string }>;
  listen(options: { port: number; host: string }): Promise<string>;
  addHook(name: 'onRoute', hook: (route: { bodyLimit?: number }) => void): void;
  addHook(
    name: 'onSend',
    hook: (
      request: { raw: IncomingMessage },
      reply: unknown,
      payload: unknown,
      done: (error: Error | null, payload: unknown) => void,
    ) => void,
  ): void;
}

const QUEUE_URL_ANSWERS = new Set(['AmazonSQS.CreateQueue', 'AmazonSQS.GetQueueUrl', 'AmazonSQS.ListQueues']);

/** Starts fauxqs on the state in `dataDir`, which it creates. */
export async function startQueues(dataDir: string): Promise<Queues> {
  releaseInFlightMessages(join(dataDir, 'fauxqs.db'));
  const captured: App[] = [];
  const capture = (message: unknown) => {
    const { fastify } = message as { fastify: App };
    captured.push(adapt(fastify));
  };
  // Fastify publishes each new instance on this channel. fauxqs creates its instance before its first await.
  subscribe('fastify.initialization', capture);
  const starting = startFauxqs({ port: 0, logger: false, dataDir });
  unsubscribe('fastify.initialization', capture);
  const server = await starting;
  const app = captured[0];
  if (app === undefined) throw new Error('this version of fauxqs does not use Fastify');
  return {
    handle: (request, response) => app.routing(request, response),
    send: (queueArn, body) => sendMessage(app, queueArn, body),
    release: () => releaseMessages(app, server),
    stop: () => server.stop(),
  };
}

async function sendMessage(app: App, queueArn: string, MessageBody: string): Promise<void> {
  const [account, name] = queueArn.split(':').slice(-2);
  await call(app, 'SendMessage', { QueueUrl: `http://localhost/${account}/${name}`, MessageBody });
}

/** With 0, fauxqs 2.4.1 loses a message that has a file: "NOT NULL constraint failed: sqs_messages.approximate_receive_count". */
const SOON_SECONDS = 1;

async function releaseMessages(app: App, { inspectQueue }: FauxqsServer): Promise<void> {
  const { QueueUrls = [] } = (await call(app, 'ListQueues', {})) as { QueueUrls?: string[] };
  for (const QueueUrl of QueueUrls) {
    for (const { receiptHandle } of inspectQueue(QueueUrl.split('/').at(-1) ?? '')?.messages.inflight ?? []) {
      const change = { QueueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: SOON_SECONDS };
      await call(app, 'ChangeMessageVisibility', change).catch((error: Error) => {
        const hasJustEnded = error.message.includes('MessageNotInflight');
        if (!hasJustEnded) throw error;
      });
    }
  }
}

/** @throws Error if SQS refuses the request */
async function call(app: App, operation: string, request: object): Promise<unknown> {
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': `AmazonSQS.${operation}` },
    payload: JSON.stringify(request),
  });
  if (statusCode !== 200) throw new Error(`SQS refused ${operation} ${JSON.stringify(request)}: ${body}`);
  return body && JSON.parse(body);
}

/**
 * Makes messages visible that were in flight when the stack ended. All consumers ended with it, so waiting for the visibility
 * timeouts would only delay the work. The receive still counts.
 */
function releaseInFlightMessages(file: string): void {
  if (!existsSync(file)) return;
  const db = new DatabaseSync(file);
  const hasMessages = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqs_messages'`).get() !== undefined;
  if (hasMessages) db.exec('UPDATE sqs_messages SET visibility_deadline = 1 WHERE receipt_handle IS NOT NULL');
  db.close();
}

/** S3 accepts 5 GB in one request. fauxqs buffers an upload in memory, so the limit here is lower. */
const LARGEST_UPLOAD = 1024 ** 3;

/**
 * Corrects three things:
 * - fauxqs refuses requests over 11 MiB, but files to import are larger;
 * - it listens on all interfaces instead of loopback only;
 * - it stores queue URLs with the host and port of the request that created the queue, which are wrong after a change of port.
 *   Answers therefore get the host of the current request.
 */
function adapt(app: App): App {
  app.addHook('onRoute', (route) => {
    route.bodyLimit = LARGEST_UPLOAD;
  });
  const listen = app.listen.bind(app);
  app.listen = ({ port }) => listen({ port, host: '127.0.0.1' });
  app.addHook('onSend', ({ raw }, _reply, payload, done) => {
    const isUrlAnswer = QUEUE_URL_ANSWERS.has(String(raw.headers['x-amz-target']));
    done(null, isUrlAnswer && typeof payload === 'string' ? replaceHost(payload, raw.headers.host) : payload);
  });
  return app;
}

function replaceHost(payload: string, host = 'localhost'): string {
  return payload.replaceAll(/http:\/\/[^/"]+\/(?=\d{12}\/)/g, `http://${host}/`);
}
