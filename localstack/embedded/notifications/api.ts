/** S3 event notifications to queues, which fauxqs does not have. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BucketRules, escaped, parseUrl, xml } from '../bucket-rules.ts';
import type { Handler } from '../endpoint.ts';
import { objectCreated, testEvent } from './events.ts';
import { InvalidConfiguration, matches, type QueueRule, rulesOf, xmlOf } from './rules.ts';

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
  const buckets = new BucketRules<QueueRule>(join(dataDir, 'notifications.json'));
  const sending = new Set<Promise<void>>();

  /** Sent after the answer, as on AWS. A crash in between loses the event. */
  function notify(bucket: string, key: string, event: string, size: number | undefined): void {
    for (const rule of buckets.of(bucket).filter((each) => matches(each, event, key))) {
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
      xml(response, 200, request.method === 'GET' ? xmlOf(buckets.of(bucket)) : '');
    } catch (error) {
      if (!(error instanceof InvalidConfiguration)) throw error;
      xml(response, 400, `<Error><Code>InvalidArgument</Code><Message>${escaped(error.message)}</Message></Error>`);
    }
  }

  return {
    handle(request, response) {
      const { bucket, key, query } = parseUrl(request.url);
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
