import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { documentClient } from '../../lib/aws/clients.ts';
import { withoutClientTokens } from '../../lib/aws/embedded.ts';
import { putNewItem } from '../../lib/aws/transact.ts';
import { givenADatabase } from '../support/database.ts';

const database = await givenADatabase();
const ITEM = { pk: 'é', sk: ',"ClientRequestToken":"' };
const UUID = /^[\da-f-]{36}$/;

type Received = { readonly length: number; readonly body: { readonly ClientRequestToken?: string } };
type Answer = 'success' | 'failure' | 'none' | 'conflict' | 'throttle';

/** A server that keeps the requests that reach it. */
async function givenAServer(answer: Answer = 'success') {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const length = Number(request.headers['content-length']);
    received.push({ length, body: (await json(request)) as Received['body'] });
    if (answer === 'none') return void request.socket.destroy();
    const [status, content] = ANSWERS[answer];
    response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(content));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return { received, endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const failureOf = (name: string) => ({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: name });
const ANSWERS: Record<Exclude<Answer, 'none'>, [number, object]> = {
  success: [200, {}],
  failure: [500, failureOf('InternalServerError')],
  conflict: [400, { ...failureOf('TransactionCanceledException'), CancellationReasons: [{ Code: 'None' }] }],
  throttle: [400, failureOf('ThrottlingException')],
};

function clientOf(endpoint: string): DynamoDBDocumentClient {
  const client = new DynamoDBClient({ endpoint, maxAttempts: 3 });
  onTestFinished(() => client.destroy());
  return DynamoDBDocumentClient.from(withoutClientTokens(client));
}

const write = (client: DynamoDBDocumentClient, table = 'table') =>
  client.send(new TransactWriteCommand({ TransactItems: [putNewItem(table, ITEM)] }));

describe('a transaction to the embedded DynamoDB', () => {
  it('has no client token, and is the same apart from that', async () => {
    const { received, endpoint } = await givenAServer();
    await write(clientOf(endpoint));
    const body = {
      TransactItems: [{ Put: expect.objectContaining({ Item: { pk: { S: 'é' }, sk: { S: ITEM.sk } } }) }],
    };
    expect(received).toEqual([{ length: Buffer.byteLength(JSON.stringify(received[0]?.body)), body }]);
  });

  it.each(['none', 'failure'] as const)('is not repeated when its outcome is not known: %s', async (answer) => {
    const { received, endpoint } = await givenAServer(answer);
    await expect(write(clientOf(endpoint))).rejects.toThrow('The answer to a transaction was lost');
    expect(received).toHaveLength(1);
  });

  it('fails with its reasons when it is cancelled', async () => {
    const { endpoint } = await givenAServer('conflict');
    await expect(write(clientOf(endpoint))).rejects.toMatchObject({ CancellationReasons: [{ Code: 'None' }] });
  });

  it('is repeated when it was refused without an effect', async () => {
    const { received, endpoint } = await givenAServer('throttle');
    await expect(write(clientOf(endpoint))).rejects.toThrow('ThrottlingException');
    expect(received).toHaveLength(3);
  });

  it('is accepted, and its repetition refused by its condition', async () => {
    const table = await database.newTable();
    const client = documentClient(true);
    await write(client, table);
    await expect(write(client, table)).rejects.toMatchObject({
      CancellationReasons: [{ Code: 'ConditionalCheckFailed' }],
    });
    expect((await client.send(new GetCommand({ TableName: table, Key: ITEM }))).Item).toEqual(ITEM);
  });
});

describe('a transaction', () => {
  it('has a client token unless DynamoDB is the embedded one', async () => {
    const { received, endpoint } = await givenAServer();
    await write(DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint })));
    expect(received).toMatchObject([{ body: { ClientRequestToken: expect.stringMatching(UUID) } }]);
  });

  it('to another host has a client token, whatever the setting', async () => {
    const { received, endpoint } = await givenAServer();
    await write(clientOf(endpoint.replace('127.0.0.1', 'localhost')));
    expect(received).toMatchObject([{ body: { ClientRequestToken: expect.stringMatching(UUID) } }]);
  });

  it('with such a token is repeated by the SDK when its outcome is not known', async () => {
    const { received, endpoint } = await givenAServer('failure');
    await expect(write(clientOf(endpoint.replace('127.0.0.1', 'localhost')))).rejects.toThrow('InternalServerError');
    expect(new Set(received.map(({ body }) => body.ClientRequestToken)).size).toBe(1);
    expect(received).toHaveLength(3);
  });
});
