import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { afterAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../functions/routes.ts';
import { type Asked, answerOf } from '../support/answer-of.ts';
import { codeOf, contract } from '../support/contract.ts';
import { givenADatabase } from '../support/database.ts';
import { ScriptedServer } from '../support/http-server.ts';
import { logLines } from '../support/log-lines.ts';
import { SECRETS } from '../support/secrets.ts';
import { settings } from '../support/settings.ts';
import { DAYS, DEPOSIT, ORDER, PAYOUT, POSTER, ROW, WALLET, WITHDRAWAL } from '../support/smallest-bodies.ts';

logLines();
const database = await givenADatabase();
const closing: (() => unknown)[] = [];
afterAll(() => Promise.all(closing.map((close) => close())));

/** A DynamoDB that passes requests on to the emulator, and refuses them as AWS does while it throttles. */
async function aThrottlingDynamo(refuses: (command: string) => boolean) {
  const state = { isThrottling: false, refused: 0 };
  const server = createServer(async (request, response) => {
    const { 'x-amz-target': target = '', host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const body = await buffer(request);
    if (state.isThrottling && refuses(`${target}`.split('.')[1] ?? '')) {
      state.refused += 1;
      const type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
      response.writeHead(400, { 'content-type': 'application/x-amz-json-1.0' });
      return void response.end(
        JSON.stringify({ __type: type, message: 'The level of configured throughput was exceeded.' }),
      );
    }
    const url = process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '';
    const sent = Object.entries({ ...headers, 'x-amz-target': target }).map(([name, value]) => [name, `${value}`]);
    const answer = await fetch(url, { method: 'POST', headers: Object.fromEntries(sent), body });
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(() => server.close());
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, maxAttempts: 2 }), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return { state, client };
}

/** Queues and state machines that accept everything. */
async function accepting() {
  const server = await ScriptedServer.answering({
    status: 200,
    body: { QueueUrl: 'http://127.0.0.1/queue', Successful: [], Failed: [], executionArn: 'arn', startDate: 0 },
  });
  closing.push(() => server.close());
  const at = { endpoint: server.url, region: 'us-east-1' };
  return {
    queues: () => new SQSClient({ ...at, useQueueUrlAsEndpoint: false, md5: false }),
    machines: () => new SFNClient(at),
  };
}

const KEY = { name: 'n', person: 'p', scopes: ['orders:read'] };
type Request = readonly [Operation, Asked];

describe.concurrent('while DynamoDB throttles', () => {
  it.each<[name: string, read: Request, write: Request, ...before: Request[]]>([
    ['payouts', ['listBatches', {}], ['createBatch', { body: { batch_id: 'b', items: [PAYOUT] } }]],
    ['settlement', ['listJobs', {}], ['createJob', { key: 'k', body: DAYS }]],
    ['transactions', ['getTransaction', { params: { transaction_id: 't' } }], ['storeTransactions', { body: ROW }]],
    [
      'wallets',
      ['getBalance', { params: { user_id: 'ana' } }],
      ['createDeposit', { params: { user_id: 'ana' }, key: 'k', body: DEPOSIT }],
      ['createWallet', { body: WALLET }],
    ],
    [
      'orders',
      ['getProduct', { params: { product_id: 'poster' } }],
      ['placeOrder', { key: 'k', body: ORDER }],
      ['createProduct', { body: POSTER }],
    ],
    ['withdrawals', ['listWithdrawals', { query: { user_id: 'ana' } }], ['createWithdrawal', { body: WITHDRAWAL }]],
    ['keys', ['listKeys', {}], ['createKey', { key: 'k', body: KEY }]],
  ])('%s: 503 with Retry-After, and the same request succeeds later', async (_name, read, write, ...before) => {
    const given = settings(await database.allTables());
    const isWrite = (command: string) => /Put|Update|Write|Delete/.test(command);
    const [all, writes] = await Promise.all([aThrottlingDynamo(() => true), aThrottlingDynamo(isWrite)]);
    const others = { ...(await accepting()), settings: () => given, secrets: () => SECRETS };
    const ask = ([operation, asked]: Request, { client }: typeof all) =>
      answerOf(operation, asked, { ...others, dynamo: () => client });
    for (const request of before) expect((await ask(request, all)).status).toBeLessThan(300);

    for (const [request, dynamo] of [
      [read, all],
      [write, all],
      [write, writes],
    ] as const) {
      dynamo.state.isThrottling = true;
      const refused = await ask(request, dynamo);
      expect([refused.status, codeOf(refused.text), contract().problemsOf(refused)]).toEqual([503, 'UNAVAILABLE', []]);
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(dynamo.state.refused).toBeGreaterThan(0);
      dynamo.state.isThrottling = false;
    }
    const accepted = await ask(write, writes);
    expect(accepted.status, accepted.text).toBeLessThan(300);
    expect((await ask(write, writes)).status).toBeLessThan(300);
    expect((await ask(read, all)).status).toBe(200);
  });
});

it('a queue that keeps refusing a part is an outage too: the batch is stored, and the repeated request sends it', async () => {
  const given = settings(await database.allTables());
  const { client } = await aThrottlingDynamo(() => false);
  const Failed = [{ Id: '0', Code: 'RequestThrottled', SenderFault: false }];
  const refusing = await ScriptedServer.answering({
    status: 200,
    body: { QueueUrl: 'http://127.0.0.1/queue', Failed },
  });
  closing.push(() => refusing.close());
  const at = { endpoint: refusing.url, region: 'us-east-1', useQueueUrlAsEndpoint: false, md5: false } as const;
  const others = { ...(await accepting()), settings: () => given, secrets: () => SECRETS, dynamo: () => client };
  const asked = { body: { batch_id: 'b', items: [PAYOUT] } };
  const refused = await answerOf('createBatch', asked, { ...others, queues: () => new SQSClient(at) });
  expect([refused.status, codeOf(refused.text), refused.headers.get('retry-after')]).toEqual([503, 'UNAVAILABLE', '1']);
  expect((await answerOf('createBatch', asked, others)).status).toBeLessThan(300);
});
