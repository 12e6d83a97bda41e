import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { type DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { documentClient } from '../../lib/aws/clients.ts';
import { putNewItem } from '../../lib/aws/transact.ts';
import { connectFunctions } from '../../localstack/embedded/offline/connection.ts';
import { givenADatabase } from '../support/database.ts';

const database = await givenADatabase();
const ITEM = { pk: 'é', sk: ',"ClientRequestToken":"' };
const UUID = /^[\da-f-]{36}$/;

type Received = { readonly headers: IncomingHttpHeaders; readonly body: { readonly ClientRequestToken?: string } };
type Answer = 'success' | 'failure' | 'none' | 'conflict' | 'throttle';

/** A server that keeps the requests that reach it. All DynamoDB clients of the test use it. */
async function givenAServer(answer: Answer = 'success'): Promise<Received[]> {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    received.push({ headers: request.headers, body: (await json(request)) as Received['body'] });
    if (answer === 'none') return void request.socket.destroy();
    const [status, content] = ANSWERS[answer];
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(content));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  vi.stubEnv('AWS_ENDPOINT_URL_DYNAMODB', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  return received;
}

const failureOf = (name: string) => ({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name });
const ANSWERS: Record<Exclude<Answer, 'none'>, [number, object]> = {
  success: [200, {}],
  failure: [500, failureOf('InternalServerError')],
  conflict: [400, { ...failureOf('TransactionCanceledException'), CancellationReasons: [{ Code: 'None' }] }],
  throttle: [400, failureOf('ThrottlingException')],
};

const read = (client: DynamoDBDocumentClient, table = 'table') =>
  client.send(new GetCommand({ TableName: table, Key: ITEM }));
const write = (client: DynamoDBDocumentClient, table = 'table') =>
  client.send(new TransactWriteCommand({ TransactItems: [putNewItem(table, ITEM)] }));

afterEach(() => void vi.unstubAllEnvs());

describe('a transaction over the connection of the laptop', () => {
  beforeEach(() => {
    connectFunctions();
    onTestFinished(disconnect);
  });

  it('has no client token, and is the same apart from that', async () => {
    const received = await givenAServer();
    await write(documentClient(Date.now));
    const Put = expect.objectContaining({ Item: { pk: { S: 'é' }, sk: { S: ITEM.sk } } });
    expect(received.map(({ body }) => body)).toEqual([{ TransactItems: [{ Put }] }]);
  });

  it.each(['none', 'failure'] as const)('is not repeated when its outcome is not known: %s', async (answer) => {
    const received = await givenAServer(answer);
    await expect(write(documentClient(Date.now))).rejects.toThrow(/transaction was (lost|answered 500)/);
    expect(received).toHaveLength(1);
  });

  it('fails with its reasons when it is cancelled', async () => {
    await givenAServer('conflict');
    await expect(write(documentClient(Date.now))).rejects.toMatchObject({ CancellationReasons: [{ Code: 'None' }] });
  });

  it('is repeated when it was refused without an effect', async () => {
    const received = await givenAServer('throttle');
    await expect(write(documentClient(Date.now))).rejects.toThrow('ThrottlingException');
    expect(received).toHaveLength(5);
  });

  it('has its effect, and its condition refuses it a second time', async () => {
    const table = await database.newTable();
    const client = documentClient(Date.now);
    await write(client, table);
    await expect(write(client, table)).rejects.toMatchObject({
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }],
    });
    expect((await read(client, table)).Item).toEqual(ITEM);
  });
});

describe('any other request over the connection of the laptop', () => {
  beforeEach(() => {
    connectFunctions();
    onTestFinished(disconnect);
  });

  it.each(['none', 'failure'] as const)('is repeated by the SDK: %s', async (answer) => {
    const received = await givenAServer(answer);
    await expect(read(documentClient(Date.now))).rejects.toThrow();
    expect(received).toHaveLength(5);
  });

  it('has a signature that names the service', async () => {
    const received = await givenAServer();
    await read(documentClient(Date.now));
    expect(received[0]?.headers.authorization).toContain('/us-east-1/dynamodb/aws4_request');
  });
});

describe('a transaction over the connection of the SDK', () => {
  it('has one client token at all its tries, and a signature of its own', async () => {
    const received = await givenAServer('failure');
    await expect(write(documentClient(Date.now))).rejects.toThrow('InternalServerError');
    expect(received).toHaveLength(5);
    expect(new Set(received.map(({ body }) => body.ClientRequestToken)).size).toBe(1);
    expect(received[0]?.body.ClientRequestToken).toMatch(UUID);
    expect(received[0]?.headers.authorization).toMatch(/Signature=[\da-f]{64}$/);
  });
});

function disconnect() {
  delete (globalThis as { sluiceConnect?: unknown }).sluiceConnect;
}
