import { createRequire } from 'node:module';
import { DynamoDBClient, TransactionConflictException } from '@aws-sdk/client-dynamodb';
import { SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import type { Operation, tables } from '../../functions/routes.ts';
import { statesClient } from '../../lib/aws/clients.ts';
import type { World } from '../../lib/container.ts';
import { chain, gateway, httpBank } from '../../lib/dependencies/rails.ts';
import { type Asked, answerOf, ID } from '../support/answer-of.ts';
import { codeOf, contract, type Exchange } from '../support/contract.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between, cancelled } from '../support/faults.ts';
import { logLines } from '../support/log-lines.ts';
import { aNotification, RAIL_SECRET } from '../support/notifications.ts';
import { SECRETS } from '../support/secrets.ts';
import { settings } from '../support/settings.ts';
import { DAYS, DEPOSIT, ORDER, PAYOUT, POSTER, ROW, WALLET, WITHDRAWAL } from '../support/smallest-bodies.ts';

/*
 * Errors that no request over HTTP provokes on a laptop. INTERNAL and UNAVAILABLE need a fault: `npm start` ends when its
 * DynamoDB does. RATE_LIMITED needs conflicts, which the emulator of DynamoDB does not have. RATE_LIMITED for want of
 * capacity and GATEWAY_TIMEOUT of a function are answers of API Gateway.
 */

logLines();
const database = await givenADatabase();

/** A request to each function that serves HTTP. It needs DynamoDB. */
const REQUESTS: Record<keyof typeof tables, readonly [Operation, Asked]> = {
  'payouts/read': ['getBatch', { params: { batch_id: 'b' } }],
  'payouts/write': ['createBatch', { body: { items: [PAYOUT] } }],
  'payouts/operate': ['redriveBatch', { params: { batch_id: 'b' } }],
  'payouts/notify': ['notify', { body: aNotification(), isSigned: true }],
  'settlement/read': ['listJobs', {}],
  'settlement/write': ['createJob', { body: DAYS }],
  'transactions/read': ['getTransaction', { params: { transaction_id: 't' } }],
  'transactions/write': ['storeTransactions', { body: ROW }],
  'access/read': ['listKeys', {}],
  'access/write': ['revokeKey', { params: { key_id: `key_${ID.replaceAll('-', '')}` } }],
  'events/read': ['getAudit', {}],
  'system/read': ['getHealth', {}],
  'wallets/read': ['getBalance', { params: { user_id: 'ana' } }],
  'wallets/write': ['createWallet', { body: WALLET }],
  'orders/read': ['getProduct', { params: { product_id: 'poster' } }],
  'orders/write': ['placeOrder', { body: ORDER }],
  'withdrawals/read': ['listWithdrawals', { query: { user_id: 'ana' } }],
  'withdrawals/write': ['retryWithdrawal', { params: { withdrawal_id: `wdr_${ID.replaceAll('-', '')}` } }],
  'withdrawals/operate': ['stopProcessor', {}],
  'access/approve': ['getApprovalPolicy', {}],
  'webhooks/read': ['listWebhookEndpoints', {}],
  'webhooks/write': ['deleteWebhookEndpoint', { params: { endpoint_id: `webhook_${ID.replaceAll('-', '')}` } }],
};
const functions = Object.entries(REQUESTS).map(([name, [operation, asked]]) => ({ name, operation, asked }));

function expectError(answer: Exchange, status: number, code: string): void {
  expect([answer.status, codeOf(answer.text)]).toEqual([status, code]);
  expect(contract().problemsOf(answer)).toEqual([]);
}

const given = {
  settings: () => settings({ RAIL_NOTIFICATION_SECRETS: RAIL_SECRET }),
  machines: () => statesClient(Date.now),
  secrets: () => SECRETS,
};

const NOWHERE = { endpoint: 'http://127.0.0.1:1', maxAttempts: 1 };

describe('without DynamoDB', () => {
  const unreachable = () => DynamoDBDocumentClient.from(new DynamoDBClient(NOWHERE));

  it.each(functions.filter(({ name }) => name !== 'system/read'))('$name is UNAVAILABLE', async (one) => {
    const answer = await answerOf(one.operation, one.asked, { ...given, dynamo: unreachable });
    expectError(answer, 503, 'UNAVAILABLE');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });

  const degraded = async (operation: Operation, world: Partial<World>) => {
    const answer = await answerOf(operation, {}, { ...given, ...world, dynamo: unreachable });
    expect([answer.status, contract().problemsOf(answer)]).toEqual([503, []]);
    return JSON.parse(answer.text).checks;
  };

  it('/health is degraded, and needs nothing else', async () => {
    expect(await degraded('getHealth', {})).toEqual({ database: 'down' });
  });

  it('/health/deep names what else is down', async () => {
    const queues = () => new SQSClient(NOWHERE);
    const rails = {
      bank: () => httpBank(settings()),
      gateway: () => gateway(settings()),
      chain: () => chain(settings()),
    };
    expect(await degraded('getDeepHealth', { queues, ...rails })).toEqual({
      ...{ database: 'down', queue: 'down', bank: 'down', gateway: 'down', chain: 'down' },
    });
  });
});

describe('with tables that do not exist', () => {
  const dynamo = documentClient;

  it.each(functions.filter(({ name }) => name !== 'system/read'))('$name is INTERNAL', async (one) => {
    expectError(await answerOf(one.operation, one.asked, { ...given, dynamo }), 500, 'INTERNAL');
  });
});

it('without settings system/read is INTERNAL', async () => {
  const broken = {
    settings: () => {
      throw new Error('PAYOUTS_TABLE is required');
    },
  };
  expectError(await answerOf('getHealth', {}, broken), 500, 'INTERNAL');
});

/** Each change of an item meets another one, as in DynamoDB. The emulator has no conflicts. */
const conflicts = () =>
  between(documentClient(), (command, pass) => {
    if (command === 'TransactWriteItemsCommand') throw cancelled('TransactionConflict');
    if (command === 'UpdateItemCommand') throw new TransactionConflictException({ message: '', $metadata: {} });
    return pass();
  });

describe('when each change conflicts', () => {
  it.concurrent.each<[keyof typeof tables, Operation, Asked, ...[Operation, Asked][]]>([
    ['payouts/write', 'createBatch', { body: { items: [PAYOUT] } }],
    ['settlement/write', 'createJob', { key: 'k', body: DAYS }],
    ['transactions/write', 'storeTransactions', { body: ROW }],
    [
      'wallets/write',
      'createDeposit',
      { params: { user_id: 'ana' }, key: 'k', body: DEPOSIT },
      ['createWallet', { body: WALLET }],
    ],
    ['access/write', 'createKey', { key: 'k', body: { name: 'n', person: 'p', scopes: ['admin'] } }],
    ['orders/write', 'placeOrder', { body: ORDER }, ['createProduct', { body: POSTER }]],
    ['withdrawals/write', 'createWithdrawal', { body: WITHDRAWAL }],
    ['withdrawals/operate', 'stopProcessor', {}],
  ])('%s is RATE_LIMITED: %s', async (_name, operation, asked, ...before) => {
    const created = await database.allTables();
    const world = { ...given, settings: () => settings(created) };
    for (const [prepare, body] of before) await answerOf(prepare, body, { ...world, dynamo: documentClient });
    const answer = await answerOf(operation, asked, { ...world, dynamo: conflicts });
    expectError(answer, 429, 'RATE_LIMITED');
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

type GatewayResponse = {
  ResponseType: string;
  StatusCode: string;
  ResponseTemplates: { 'application/json': string };
  ResponseParameters?: Record<string, string>;
};

describe('an answer of API Gateway', async () => {
  const resources = createRequire(import.meta.url)('../../resources/api.cjs');
  const { Resources } = await resources({ resolveVariable: () => '' });
  const all = Object.values<{ Properties: GatewayResponse }>(Resources).map(({ Properties }) => Properties);

  it.each(all)('$ResponseType is as the document declares it', (definition) => {
    const { ResponseType, StatusCode, ResponseTemplates, ResponseParameters = {} } = definition;
    const headers = new Headers({ 'content-type': 'application/json' });
    for (const [name, value] of Object.entries(ResponseParameters)) {
      headers.set(name.replace('gatewayresponse.header.', ''), value.replaceAll("'", ''));
    }
    const path = ResponseType === 'MISSING_AUTHENTICATION_TOKEN' ? '/nowhere' : '/batches';
    const text = ResponseTemplates['application/json'];
    const answer = { method: 'POST', path, status: Number(StatusCode), headers, text };
    expect(contract().problemsOf(answer)).toEqual([]);
  });
});
