/** S3's event notifications, which fauxqs lacks: buckets that tell queues what was put into them. */

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Handler } from '../endpoint.ts';
import { objectCreated, testEvent } from './events.ts';
import { escaped, hears, type QueueRule, RefusedConfiguration, rulesOf, xmlOf } from './rules.ts';

export interface Notifications {
  handle: Handler;
  /** Resolves when all that has happened is told. */
  stop(): Promise<void>;
}

export interface NotificationOptions {
  /** Where the configurations are kept. */
  dataDir: string;
  /** What answers all other requests. */
  s3: Handler;
  /** @throws Error if there is no such queue */
  send(queueArn: string, body: string): Promise<void>;
  log(line: string): void;
}

/** Stands before S3: it serves `?notification` itself, and looks at every object that is put. Buckets stand in the path. */
export function openNotifications({ dataDir, s3, send, log }: NotificationOptions): Notifications {
  const buckets = new KeptRules(join(dataDir, 'notifications.json'));
  const telling = new Set<Promise<void>>();

  /** As on AWS after the answer, and lost if everything dies in between: whoever relies on it has to look now and then. */
  function tell(bucket: string, key: string, event: string, size: number | undefined): void {
    for (const rule of buckets.rules(bucket).filter((each) => hears(each, event, key))) {
      const body = JSON.stringify(objectCreated({ rule, bucket, key, event, size }));
      const told = send(rule.queueArn, body).catch((error: Error) => log(`${bucket}/${key}: ${error.message}`));
      telling.add(told);
      told.finally(() => telling.delete(told));
    }
  }

  /** As on AWS each queue is told that it will be told: that it exists is found out now, not at the first event. */
  async function configure(bucket: string, rules: QueueRule[]): Promise<void> {
    for (const { queueArn } of rules) {
      await send(queueArn, JSON.stringify(testEvent(bucket))).catch((error: Error) => {
        throw new RefusedConfiguration(`Nothing can be sent to ${queueArn}: ${error.message}`);
      });
    }
    buckets.keep(bucket, rules);
  }

  async function serveConfiguration(request: IncomingMessage, response: ServerResponse, bucket: string) {
    try {
      if (request.method === 'PUT') await configure(bucket, rulesOf(await text(request)));
      xml(response, 200, request.method === 'GET' ? xmlOf(buckets.rules(bucket)) : '');
    } catch (error) {
      if (!(error instanceof RefusedConfiguration)) throw error;
      xml(response, 400, `<Error><Code>InvalidArgument</Code><Message>${escaped(error.message)}</Message></Error>`);
    }
  }

  return {
    handle(request, response) {
      const { bucket, key, query } = placeOf(request.url ?? '/');
      if (key === '' && query.has('notification')) return serveConfiguration(request, response, bucket);
      const event = key === '' ? undefined : eventOf(request, query);
      if (event !== undefined) {
        const size = sizeOf(request, event);
        response.on('finish', () => {
          if (response.statusCode === 200) tell(bucket, key, event, size);
        });
      }
      return s3(request, response);
    },
    stop: async () => {
      await Promise.all(telling);
    },
  };
}

function placeOf(url: string): { bucket: string; key: string; query: URLSearchParams } {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket, key: decoded(key), query: new URLSearchParams(query) };
}

/** A key that is not well-formed is for S3 to refuse. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** What the request makes happen when it succeeds, if it makes an object. */
function eventOf({ method, headers }: IncomingMessage, query: URLSearchParams): string | undefined {
  if (method === 'POST' && query.has('uploadId')) return 'ObjectCreated:CompleteMultipartUpload';
  if (method !== 'PUT' || query.has('uploadId') || query.has('renameObject')) return undefined;
  return headers['x-amz-copy-source'] === undefined ? 'ObjectCreated:Put' : 'ObjectCreated:Copy';
}

/** In bytes, where the request tells it. */
function sizeOf({ headers }: IncomingMessage, event: string): number | undefined {
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length'];
  return event !== 'ObjectCreated:Put' || length === undefined ? undefined : Number(length);
}

function xml(response: ServerResponse, status: number, body: string): void {
  const headers = { 'content-type': 'application/xml', 'x-amz-request-id': randomUUID() };
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** The rules of each bucket, in one file. */
class KeptRules {
  readonly #file: string;
  readonly #rules: Map<string, QueueRule[]>;

  constructor(file: string) {
    this.#file = file;
    this.#rules = new Map(existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8'))) : []);
  }

  rules(bucket: string): QueueRule[] {
    return this.#rules.get(bucket) ?? [];
  }

  keep(bucket: string, rules: QueueRule[]): void {
    this.#rules.set(bucket, rules);
    writeFileSync(`${this.#file}.tmp`, JSON.stringify(Object.fromEntries(this.#rules)));
    renameSync(`${this.#file}.tmp`, this.#file);
  }
}
