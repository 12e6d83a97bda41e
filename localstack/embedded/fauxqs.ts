/**
 * SQS, SNS, S3 and STS: fauxqs, in this process, its state in one SQLite file.
 *
 * Its HTTP server is never dialled. Requests that reach our endpoint are handed to its router directly, which saves a
 * hop and a second parse of every request.
 */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { existsSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startFauxqs } from 'fauxqs';

export interface Queues {
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** Sends a message without a request. @throws Error if there is no such queue */
  send(queueArn: string, body: string): Promise<void>;
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
  takeBackInFlight(join(dataDir, 'fauxqs.db'));
  const captured: App[] = [];
  const capture = (message: unknown) => {
    const { fastify } = message as { fastify: App };
    captured.push(adapt(fastify));
  };
  // Fastify announces each instance on this channel while it is being built, which fauxqs does before it first awaits.
  subscribe('fastify.initialization', capture);
  const starting = startFauxqs({ port: 0, logger: false, dataDir });
  unsubscribe('fastify.initialization', capture);
  const server = await starting;
  const app = captured[0];
  if (app === undefined) throw new Error('this version of fauxqs no longer builds on Fastify');
  return {
    handle: (request, response) => app.routing(request, response),
    send: (queueArn, body) => sendMessage(app, queueArn, body),
    stop: () => server.stop(),
  };
}

async function sendMessage(app: App, queueArn: string, MessageBody: string): Promise<void> {
  const [account, name] = queueArn.split(':').slice(-2);
  const { statusCode, body } = await app.inject({
    method: 'POST',
    url: '/',
    headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SendMessage' },
    payload: JSON.stringify({ QueueUrl: `http://localhost/${account}/${name}`, MessageBody }),
  });
  if (statusCode !== 200) throw new Error(`${queueArn} refused a message: ${body}`);
}

/**
 * Makes messages visible that were in somebody's hands when the stack ended. Every consumer ended with it, so waiting
 * for their visibility timeouts, minutes perhaps, would only hold the work up. The receive stays counted.
 */
function takeBackInFlight(file: string): void {
  if (!existsSync(file)) return;
  const db = new DatabaseSync(file);
  const hasMessages = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'sqs_messages'`).get() !== undefined;
  if (hasMessages) db.exec('UPDATE sqs_messages SET visibility_deadline = 1 WHERE receipt_handle IS NOT NULL');
  db.close();
}

/** S3 takes 5 GB in one request; here an upload is held in memory until it is on disk. */
const LARGEST_UPLOAD = 1024 ** 3;

/**
 * Three corrections: fauxqs takes no request over 11 MiB, which is less than a file to import; it listens on every
 * interface, a laptop's queues belong on loopback only; and it stores queue URLs with the host and port of the request
 * that created the queue, so after a move to another port they would lead nowhere. Every answer therefore names the host
 * that was asked.
 */
function adapt(app: App): App {
  app.addHook('onRoute', (route) => {
    route.bodyLimit = LARGEST_UPLOAD;
  });
  const listen = app.listen.bind(app);
  app.listen = ({ port }) => listen({ port, host: '127.0.0.1' });
  app.addHook('onSend', ({ raw }, _reply, payload, done) => {
    const isUrlAnswer = QUEUE_URL_ANSWERS.has(String(raw.headers['x-amz-target']));
    done(null, isUrlAnswer && typeof payload === 'string' ? nameHost(payload, raw.headers.host) : payload);
  });
  return app;
}

function nameHost(payload: string, host = 'localhost'): string {
  return payload.replaceAll(/http:\/\/[^/"]+\/(?=\d{12}\/)/g, `http://${host}/`);
}
