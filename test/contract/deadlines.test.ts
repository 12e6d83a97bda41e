import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { globSync, readFileSync } from 'node:fs';
import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { PublishCommand } from '@aws-sdk/client-sns';
import { GetQueueUrlCommand } from '@aws-sdk/client-sqs';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { documentClient, kmsClient, s3Client, snsClient, sqsClient, statesClient } from '../../lib/aws/clients.ts';
import { LONGEST_CALL_MS } from '../../lib/aws/connection.ts';
import { publicError } from '../../lib/edge/public-error.ts';
import { givenABlackHole, givenANetwork, givenATcpServer } from '../support/servers.ts';

const ITEM = new GetCommand({ TableName: 'table', Key: { pk: 'a' } });
const OBJECT = { Bucket: 'bucket', Key: 'key' };
const EXECUTION = 'arn:aws:states:us-east-1:123456789012:execution:machine:one';

/** All clients use this endpoint. */
function stub(port: number): void {
  const account = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const endpoint = { AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`, AWS_ENDPOINT_URL_DYNAMODB: undefined };
  for (const [name, value] of Object.entries({ ...account, ...endpoint })) vi.stubEnv(name, value);
}

/** The same until the test ends. */
function useEndpoint(port: number): void {
  stub(port);
  onTestFinished(() => void vi.unstubAllEnvs());
}

async function givenAnEndpoint(answer: RequestListener): Promise<number> {
  const server = createServer({ keepAliveTimeout: 60_000 }, answer).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const answerItem = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end('{"Item":{"pk":{"S":"a"}}}');

/** How a call failed, and after how many milliseconds. */
async function failureOf(call: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const begun = performance.now();
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, ms: performance.now() - begun };
}

describe('a call to AWS ends', () => {
  const CALLS = {
    DYNAMODB: () => documentClient(Date.now).send(ITEM),
    SQS: () => sqsClient(Date.now).send(new GetQueueUrlCommand({ QueueName: 'queue' })),
    SNS: () => snsClient(Date.now).send(new PublishCommand({ TopicArn: 'arn:aws:sns:us-east-1:1:t', Message: 'm' })),
    SFN: () => statesClient(Date.now).send(new DescribeExecutionCommand({ executionArn: EXECUTION })),
    KMS: async () => (await kmsClient(Date.now)).getPublicKey({ KeyId: 'alias/key' }),
    S3: () => s3Client(Date.now).send(new GetObjectCommand(OBJECT)),
  };

  it('when the service accepts connections and does not answer', { timeout: 20_000 }, async () => {
    useEndpoint(1);
    const ended = Object.entries(CALLS).map(async ([service, call]) => {
      const connections: Socket[] = [];
      const port = await givenATcpServer((socket) => connections.push(socket));
      vi.stubEnv(`AWS_ENDPOINT_URL_${service}`, `http://127.0.0.1:${port}`);
      const { error, ms } = await failureOf(call());
      const { name } = error as Error;
      return {
        service,
        name,
        public: publicError(error).code,
        tries: connections.length,
        inTime: ms < LONGEST_CALL_MS,
      };
    });
    const inTime = { name: 'TimeoutError', public: 'UNAVAILABLE', tries: 3, inTime: true };
    const expected = ['DYNAMODB', 'SQS', 'SNS', 'SFN', 'KMS'].map((service) => ({ service, ...inTime }));
    expect(await Promise.all(ended)).toEqual([...expected, { service: 'S3', ...inTime, tries: 2, inTime: false }]);
  });

  it('when no connection can be made', { timeout: 20_000 }, async () => {
    useEndpoint(await givenABlackHole());
    const { error, ms } = await failureOf(documentClient(Date.now).send(ITEM));
    expect(error).toMatchObject({ name: 'TimeoutError', $metadata: { attempts: 5 } });
    expect(ms).toBeLessThan(5 * 500 + 2_000);
  });

  it('when an answer arrives byte by byte for longer than a try may take', { timeout: 20_000 }, async () => {
    let requests = 0;
    const port = await givenAnEndpoint(async (_request, response) => {
      requests += 1;
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' });
      while (!response.destroyed) await setTimeout(100, response.write(' '));
    });
    useEndpoint(port);
    const { error, ms } = await failureOf(documentClient(Date.now).send(ITEM));
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(requests).toBe(3);
    expect(ms).toBeLessThan(LONGEST_CALL_MS);
  });

  it('before the time of every function ends', () => {
    const files = ['serverless.yml', 'resources/http-functions.cjs', ...globSync('functions/*/functions.yml')];
    const seconds = files.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/^\s*timeout: (\d+)/gm)].map(([, found]) => Number(found)),
    );
    expect(seconds.length).toBeGreaterThan(10);
    expect(2 * LONGEST_CALL_MS).toBeLessThan(Math.min(...seconds) * 1_000);
  });
});

describe('a file of S3', { timeout: 60_000 }, () => {
  const SIZE = 24;
  const CONTENT = randomBytes(8 * 1024 * 1024);
  let received = 0;
  const ANSWERS: Record<string, RequestListener> = {
    async slow(_request, response) {
      response.writeHead(200, { 'content-length': SIZE });
      for (let sent = 0; sent < SIZE; sent += 1) await setTimeout(500, response.write('x'));
    },
    large: (_request, response) => void response.end(CONTENT),
    stopped: (_request, response) => void response.writeHead(200, { 'content-length': SIZE }).write('x'),
    async upload(request, response) {
      for await (const part of request) {
        received += (part as Buffer).length;
        await setTimeout(30);
      }
      response.end();
    },
  };
  let port: number;
  let close: () => void;
  beforeAll(async () => {
    const server = createServer((request, response) => {
      const key = new URL(request.url ?? '', 'http://s3').pathname.split('/')[2] ?? '';
      ANSWERS[key]?.(request, response);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port;
    close = () => {
      server.closeAllConnections();
      server.close();
    };
    stub(port);
  });
  afterAll(() => {
    vi.unstubAllEnvs();
    close();
  });

  const read = async (Key: string) =>
    (await s3Client(Date.now).send(new GetObjectCommand({ Bucket: 'bucket', Key }))).Body as Readable;

  it.concurrent('is read to its end, though its bytes arrive slowly', async ({ expect }) => {
    expect(await text(await read('slow'))).toBe('x'.repeat(SIZE));
  });

  it.concurrent('is read to its end, though its reader pauses for longer than bytes may', async ({ expect }) => {
    const parts: Buffer[] = [];
    for await (const part of await read('large')) {
      if (parts.length === 0) await setTimeout(25_000);
      parts.push(part);
    }
    expect(Buffer.concat(parts).equals(CONTENT)).toBe(true);
  });

  it.concurrent('fails when its bytes stop', async ({ expect }) => {
    const { error, ms } = await failureOf(text(await read('stopped')));
    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(ms).toBeLessThan(21_000);
  });

  it.concurrent('is stored, though its upload takes longer than bytes may pause', async ({ expect }) => {
    const put = new PutObjectCommand({ Bucket: 'bucket', Key: 'upload', Body: randomBytes(16 * 1024 * 1024) });
    const begun = performance.now();
    await s3Client(Date.now).send(put);
    expect(received).toBe(16 * 1024 * 1024);
    expect(performance.now() - begun).toBeGreaterThan(5_000);
  });
});

describe('after a pause', () => {
  it.for([
    ['DynamoDB', documentClient, ITEM],
    ['S3', s3Client, new GetObjectCommand(OBJECT)],
  ] as const)('%s is not called over a connection that the network has forgotten', async ([, clientOf, command]) => {
    const network = await givenANetwork(await givenAnEndpoint((_request, response) => void answerItem(response)));
    useEndpoint(network.port);
    let now = Date.now();
    const client = clientOf(() => now) as ReturnType<typeof documentClient>;
    const read = async () => {
      const answer = await client.send(command as typeof ITEM);
      await (answer as { Body?: { transformToString(): Promise<string> } }).Body?.transformToString();
      return answer.$metadata.attempts;
    };
    for (let request = 0; request < 3; request += 1) await read();
    expect(network.connections()).toBe(1);
    network.forget();
    now += 5 * 60_000; // the container was frozen
    const begun = performance.now();
    expect(await read()).toBe(1);
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(network.connections()).toBe(2);
  });
});
