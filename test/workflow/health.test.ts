import { setTimeout } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { expect, it, onTestFinished } from 'vitest';
import { chain, gateway, httpBank } from '../../lib/dependencies/rails.ts';
import { deepHealthDeps, healthDeps } from '../../lib/dependencies/system.ts';
import { machine } from '../../lib/runtime.ts';
import { HEALTH_CACHED_MS } from '../../lib/system/check-health.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between } from '../support/faults.ts';
import { ScriptedServer } from '../support/http-server.ts';
import { settings } from '../support/settings.ts';

const database = await givenADatabase();
const dynamo = documentClient();

/** Three rails, of which the chain is down, and a queue that cannot be reached. */
async function aWorld() {
  const rails = await Promise.all([200, 200, 503].map((status) => ScriptedServer.answering({ status })));
  onTestFinished(async () => void (await Promise.all(rails.map((rail) => rail.close()))));
  const [BANK_URL = '', GATEWAY_URL = '', CHAIN_URL = ''] = rails.map(({ url }) => url);
  const names = await database.newTables('SYSTEM_TABLE');
  const given = settings({ ...names, BANK_URL, GATEWAY_URL, CHAIN_URL });
  const queues = new SQSClient({ endpoint: 'http://127.0.0.1:1', maxAttempts: 1 });
  const outside = { dynamo, queues, bank: httpBank(given), gateway: gateway(given), chain: chain(given) };
  const calls = () => rails.map(({ received }) => received.map(({ method, url }) => `${method} ${url}`));
  return { given, outside, calls };
}

it('the deep health asks each rail once in two seconds, however often it is read', async () => {
  const { given, outside, calls } = await aWorld();
  let now = 0;
  const health = deepHealthDeps(given, outside, { ...machine, now: () => now });
  const answers = await Promise.all(Array.from({ length: 50 }, () => health.read()));
  now = HEALTH_CACHED_MS - 1;
  answers.push(await health.read());
  const once = ['GET /health'];
  expect(calls()).toEqual([once, once, once]);
  expect(new Set(answers).size).toBe(1);
  expect(answers[0]).toMatchObject({
    status: 'degraded',
    checks: { database: 'up', queue: 'down', bank: 'up', gateway: 'up', chain: 'down' },
  });
  now = HEALTH_CACHED_MS;
  await health.read();
  expect(calls()).toEqual([1, 2, 3].map(() => [...once, ...once]));
});

it('a rail is up if it answers in time after its secret was read, which takes longer', async () => {
  const { given, outside } = await aWorld();
  const rail = gateway({ ...given, GATEWAY_DEADLINE_MS: 300 });
  const ask = rail.isHealthy.bind(rail);
  rail.isHealthy = async () => {
    await setTimeout(600); // as a new process reads the secret
    return ask();
  };
  const { checks } = await deepHealthDeps(given, { ...outside, gateway: rail }).read();
  expect(checks).toMatchObject({ bank: 'up', gateway: 'up', chain: 'down' });
});

it('the health that everybody may read asks the database only, once in two seconds', async () => {
  const { given, outside, calls } = await aWorld();
  let reads = 0;
  const counted = between(documentClient(), (_command, pass) => {
    reads += 1;
    return pass();
  });
  const health = healthDeps(given, { ...outside, dynamo: counted }, { ...machine, now: () => 0 });
  for (let nth = 0; nth < 20; nth += 1) {
    expect((await health.read()).checks).toEqual({ database: 'up' });
  }
  expect([reads, calls()]).toEqual([1, [[], [], []]]);
});
