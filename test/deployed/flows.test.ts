import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
  ListTablesCommand,
  UpdateContinuousBackupsCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { partition, range } from 'es-toolkit';
import pMap from 'p-map';
import { Webhook } from 'standardwebhooks';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { KEY_SCOPES } from '../../lib/kernel/principal.ts';
import { awsOf } from '../../scripts/aws.ts';
import { Recorder } from '../../scripts/contract/recorder.ts';
import { WALKS } from '../../scripts/contract/walk/all.ts';
import { credentialsFor, runNode } from '../../scripts/deployed/deploy.ts';
import { descendantsOf, nameOf } from '../../scripts/processes.ts';
import { sharedService } from '../e2e/shared-service.ts';
import { vendorBatch } from '../support/service.ts';
import { expectVerified } from '../support/verified.ts';
import { itWhere } from '../support/where.ts';

/*
 * A flow of each domain against a service that `npm run test:deployed` has deployed or started. The name of each test begins with
 * its domain (docs/localstack.md).
 */

const service = sharedService();
/** An emulator starts a process for each request that runs at the same time. */
const atMostEight = { concurrency: 8 };
/** The emulator whose Lambda processes may be killed. */
const server = Number(process.env.SLUICE_LAMBDA_SERVER ?? Number.NaN);

/** A key whose requests and amounts are counted, which needs rights that an unlimited key does not. */
let apiKey: string;
beforeAll(async () => {
  const amounts = Object.fromEntries(['IDR', 'PHP', 'VND', 'BRL', 'JPY'].map((currency) => [currency, 10 ** 12]));
  const scopes = KEY_SCOPES.filter((scope) => scope !== 'admin');
  const limits = { requests_per_second: 1_000, burst: 1_000, max_per_day: amounts };
  const key = { name: 'flows', person: 'local', scopes, limits };
  const { body } = await service.post('/keys', key, { 'Idempotency-Key': 'flows' });
  apiKey = body.secret;
});

it.each(Object.entries(WALKS))('%s: requests to every route are answered as on a laptop', async (domain, walk) => {
  const key = ['access', 'approvals', 'system'].includes(domain) ? {} : { apiKey };
  await walk(new Recorder({ ...service.endpoints, ...key }));
});

it('orders: 40 buyers of 20 shirts get 20', async () => {
  await service.post('/products', { id: 'sell-out', name: 'Tour T-shirt', stock: 20, price_cents: 3_490 });
  const order = { buyer_id: 'ana', product_id: 'sell-out', quantity: 1 };
  const answers = await pMap(range(40), () => service.post('/orders', order), atMostEight);
  expect(answers.map(({ status }) => status).sort()).toEqual([...Array(20).fill(200), ...Array(20).fill(409)]);
  expect((await service.get('/products/sell-out')).body).toMatchObject({ stock: 0, sold: 20 });
});

it('settlement: the file of a day has the sums of its sales', async () => {
  const sale = {
    merchant_id: 'toko-tua',
    amount_cents: 1_000,
    fee_cents: 29,
    status: 'PAID',
    paid_at: '2024-05-01T23:59:59.999Z',
  };
  const transactions = range(3).map((nth) => ({ ...sale, id: `may-${nth}` }));
  expect((await service.post('/transactions', { transactions })).status).toBe(200);
  const { body: job } = await service.post('/jobs/settlement', { from: '2024-05-01', to: '2024-05-01' });
  const ended = await until(
    async () => (await service.get(`/jobs/${job.job_id}`)).body,
    ({ status }) => status === 'COMPLETED',
  );
  const link = (await service.get(ended.download_url)).headers.get('location') ?? '';
  expect(await (await fetch(link)).text()).toMatch(/^toko-tua,2024-05-01,3000,87,2913,3,/m);
});

it('webhooks: a deposit reaches its endpoint, with a signature that the secret verifies', async () => {
  const received: { readonly headers: Record<string, string>; readonly body: string }[] = [];
  const receiver = createServer(async (request, response) => {
    received.push({ headers: request.headers as Record<string, string>, body: await text(request) });
    response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  const endpoint = { url, event_types: ['deposit.created'] };
  const { body: made } = await service.post('/webhook-endpoints', endpoint, { 'Idempotency-Key': 'deposits' });
  await service.post('/wallets', { user_id: 'ben', currency: 'IDR' });
  await service.post('/wallets/ben/deposits', { amount: 5, currency: 'IDR' }, { 'Idempotency-Key': 'ben-1' });
  const [{ headers, body }] = (await until(
    async () => received,
    ({ length }) => length > 0,
  )) as [(typeof received)[number]];
  expect(new Webhook(made.secret).verify(body, headers)).toMatchObject({
    type: 'deposit.created',
    data: { user_id: 'ben' },
  });
  await service.request('DELETE', `/webhook-endpoints/${made.endpoint_id}`, undefined, {});
  receiver.close();
});

const OWN = 'the run has no MiniStack of its own';
itWhere(server, OWN, 'payouts: after kill -9 of all Lambda processes in the middle of a batch it is read', async () => {
  await service.setBank({ mode: 'random', seed: 5, latency_ms: [50, 150] });
  await service.post('/batches', vendorBatch(500, 'killed'));
  await service.batchUntil('killed', ({ counts }) => counts.completed > 100, 120_000);
  const functions = descendantsOf(server).filter((pid) => nameOf(pid).startsWith('_worker'));
  for (const pid of functions) process.kill(pid, 'SIGKILL');
  expect(functions.length).toBeGreaterThan(10);
  // Until the emulator has noticed: it answers a request to a process that has ended with 502.
  const headers = { 'X-API-Key': service.endpoints.apiKey };
  const ask = () => fetch(`${service.endpoints.api}/batches/killed`, { headers });
  await until(
    () => pMap(range(30), ask, atMostEight),
    (answers) => answers.every(({ ok }) => ok),
  );
});

itWhere(server, OWN, 'plan: the package that is deployed changes nothing', async () => {
  const options = ['--stage', 'local', '--package', '.serverless'];
  const printed = await runNode(['scripts/stacks/plan.ts', ...options], credentialsFor(service.endpoints.aws));
  expect(printed.match(/nothing changes/g)).toHaveLength(3);
});

itWhere(server, OWN, 'restore: each table is restored beside the table of now, with its settings', async () => {
  const dynamo = new DynamoDBClient(awsOf(service.endpoints));
  const TimeToLiveSpecification = { Enabled: true, AttributeName: 'expires_at' };
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  const TableName = 'sluice-local-access';
  // The emulator's CloudFormation leaves both out.
  await dynamo.send(new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification }));
  await dynamo.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
  const options = ['--stage', 'local', '--to', new Date().toISOString(), '--suffix=-r1'];
  const restore = () => runNode(['scripts/restore/main.ts', ...options], credentialsFor(service.endpoints.aws));
  const printed = await restore();
  const { TableNames = [] } = await dynamo.send(new ListTablesCommand({}));
  const ofStage = TableNames.filter((name) => name.startsWith('sluice-local-'));
  const [restored, others] = partition(ofStage, (name) => name.endsWith('-r1'));
  expect(restored).toEqual(others.map((name) => `${name}-r1`));
  const ofAccess = { TableName: `${TableName}-r1` };
  const { TimeToLiveDescription: timeToLive } = await dynamo.send(new DescribeTimeToLiveCommand(ofAccess));
  expect(timeToLive).toMatchObject({ TimeToLiveStatus: 'ENABLED', AttributeName: 'expires_at' });
  const { ContinuousBackupsDescription: backups } = await dynamo.send(new DescribeContinuousBackupsCommand(ofAccess));
  expect(backups?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus).toBe('ENABLED');
  const { Table: events } = await dynamo.send(new DescribeTableCommand({ TableName: 'sluice-local-events-r1' }));
  expect(events?.StreamSpecification).toMatchObject({ StreamEnabled: true, StreamViewType: 'NEW_IMAGE' });
  expect(printed).toContain(`--param="restoredStream=${events?.LatestStreamArn}"`);
  expect(await restore()).toContain(`${events?.LatestStreamArn}`); // a run that continues
  dynamo.destroy();
});

itWhere(server, OWN, 'recovery: every function that a rule invokes succeeds', async () => {
  const lambda = new LambdaClient(awsOf(service.endpoints));
  const { Functions = [] } = await lambda.send(new ListFunctionsCommand({ MaxItems: 100 }));
  const names = Functions.map(({ FunctionName = '' }) => FunctionName).filter((name) =>
    /-(recover|sweep|seal|settleY|measure)/.test(name),
  );
  expect(names.length).toBeGreaterThan(10);
  const invoke = (FunctionName: string) => lambda.send(new InvokeCommand({ FunctionName }));
  // Most of their processes were killed. While eight start at once, a call to AWS takes longer than it may.
  for (const { FunctionError, Payload } of await pMap(names, invoke, { concurrency: 2 })) {
    expect(FunctionError, Buffer.from(Payload ?? []).toString()).toBeUndefined();
  }
});

itWhere(server, OWN, 'payouts: the batch whose workers were killed ends, and none of it is paid twice', async () => {
  onTestFinished(() => service.setBank({ mode: 'happy', latency_ms: [0, 0] }));
  const { counts } = await service.finished('killed', 150_000);
  expect(counts.completed + counts.failed).toBe(500);
  expect(await service.bankAudit('killed.')).toMatchObject({ moved: counts.completed, moved_more_than_once: 0 });
});

it('all: verify finds nothing', async () => {
  // The notice of a return that the requests to every route send does not come from the bank.
  const returned = { reference: 'vendors-2026-11-20.0001.000001.1', code: 'AC04' };
  await fetch(`${service.endpoints.bank}/simulate/return`, { method: 'POST', body: JSON.stringify(returned) });
  await expectVerified(service.endpoints);
});

async function until<Value>(read: () => Promise<Value>, isWanted: (value: Value) => boolean): Promise<Value> {
  for (const deadline = Date.now() + 60_000; ; await setTimeout(200)) {
    const value = await read();
    if (isWanted(value)) return value;
    if (Date.now() > deadline) throw new Error(`It is still ${JSON.stringify(value)}`);
  }
}
