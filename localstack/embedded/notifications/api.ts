/** S3 event notifications to queues, which fauxqs does not have. */

import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Handler } from '../endpoint.ts';
import { objectCreated, testEvent } from './events.ts';
import { escaped, InvalidConfiguration, matches, type QueueRule, rulesOf, xmlOf } from './rules.ts';

export interface Notifications {
  handle: Handler;
  /** Resolves when all notifications were sent. */
  stop(): Promise<void>;
}

export interface NotificationOptions {
  /** Where the configurations are stored. */
  dataDir: string;
  /** Answers all other requests. */
  s3: Handler;
  /** @throws Error if the queue does not exist */
  send(queueArn: string, body: string): Promise<void>;
  log(line: string): void;
}

/** Wraps S3: serves `?notification` itself and sends an event for each object that a request creates. Path-style URLs only. */
export function openNotifications({ dataDir, s3, send, log }: NotificationOptions): Notifications {
  const buckets = new RuleStore(join(dataDir, 'notifications.json'));
  const sending = new Set<Promise<void>>();

  /** Sent after the answer, as on AWS. A crash in between loses the event. */
  function notify(bucket: string, key: string, event: string, size: number | undefined): void {
    for (const rule of buckets.rules(bucket).filter((each) => matches(each, event, key))) {
      const body = JSON.stringify(objectCreated({ rule, bucket, key, event, size }));
      const sent = send(rule.queueArn, body).catch((error: Error) => log(`${bucket}/${key}: ${error.message}`));
      sending.add(sent);
      sent.finally(() => sending.delete(sent));
    }
  }

  /** Sends a test event to each queue, as AWS does. This finds missing queues now, not at the first event. */
  async function configure(bucket: string, rules: QueueRule[]): Promise<void> {
    for (const { queueArn } of rules) {
      await send(queueArn, JSON.stringify(testEvent(bucket))).catch((error: Error) => {
        throw new InvalidConfiguration(`Cannot send to ${queueArn}: ${error.message}`);
      });
    }
    buckets.save(bucket, rules);
  }

  async function serveConfiguration(request: IncomingMessage, response: ServerResponse, bucket: string) {
    try {
      if (request.method === 'PUT') await configure(bucket, rulesOf(await text(request)));
      xml(response, 200, request.method === 'GET' ? xmlOf(buckets.rules(bucket)) : '');
    } catch (error) {
      if (!(error instanceof InvalidConfiguration)) throw error;
      xml(response, 400, `<Error><Code>InvalidArgument</Code><Message>${escaped(error.message)}</Message></Error>`);
    }
  }

  return {
    handle(request, response) {
      const { bucket, key, query } = parseUrl(request.url ?? '/');
      if (key === '' && query.has('notification')) return serveConfiguration(request, response, bucket);
      const event = key === '' ? undefined : eventOf(request, query);
      if (event !== undefined) {
        const size = sizeOf(request, event);
        response.on('finish', () => {
          if (response.statusCode === 200) notify(bucket, key, event, size);
        });
      }
      return s3(request, response);
    },
    stop: async () => {
      await Promise.all(sending);
    },
  };
}

function parseUrl(url: string): { bucket: string; key: string; query: URLSearchParams } {
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const [, bucket = '', key = ''] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  return { bucket, key: decoded(key), query: new URLSearchParams(query) };
}

/** S3 refuses a malformed key itself. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

/** The event of a successful request; undefined if the request creates no object. */
function eventOf({ method, headers }: IncomingMessage, query: URLSearchParams): string | undefined {
  if (method === 'POST' && query.has('uploadId')) return 'ObjectCreated:CompleteMultipartUpload';
  if (method !== 'PUT' || query.has('uploadId') || query.has('renameObject')) return undefined;
  return headers['x-amz-copy-source'] === undefined ? 'ObjectCreated:Put' : 'ObjectCreated:Copy';
}

/** Bytes of the object, if the request has its size. */
function sizeOf({ headers }: IncomingMessage, event: string): number | undefined {
  const length = headers['x-amz-decoded-content-length'] ?? headers['content-length'];
  return event !== 'ObjectCreated:Put' || length === undefined ? undefined : Number(length);
}

function xml(response: ServerResponse, status: number, body: string): void {
  const headers = { 'content-type': 'application/xml', 'x-amz-request-id': randomUUID() };
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** Stores the rules of all buckets in one file. */
class RuleStore {
  readonly #file: string;
  readonly #rules: Map<string, QueueRule[]>;

  constructor(file: string) {
    this.#file = file;
    this.#rules = new Map(existsSync(file) ? Object.entries(JSON.parse(readFileSync(file, 'utf8'))) : []);
  }

  rules(bucket: string): QueueRule[] {
    return this.#rules.get(bucket) ?? [];
  }

  save(bucket: string, rules: QueueRule[]): void {
    this.#rules.set(bucket, rules);
    writeFileSync(`${this.#file}.tmp`, JSON.stringify(Object.fromEntries(this.#rules)));
    renameSync(`${this.#file}.tmp`, this.#file);
  }
}
