import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { HEALTH_CACHED_MS } from '../../lib/system/check-health.ts';
import { EXPECTED_VERSION } from '../../lib/system/data-version.ts';
import { MIGRATIONS_KEY } from '../../lib/system/items.ts';
import { awsOf } from '../../scripts/aws.ts';
import { jobItems } from '../support/migrations.ts';
import { runScript } from '../support/script.ts';
import { Service } from '../support/service.ts';

const service = new Service();
let client: DynamoDBDocumentClient;
beforeAll(async () => {
  await service.start();
  client = DynamoDBDocumentClient.from(new DynamoDBClient(awsOf(service.endpoints)));
});
afterAll(async () => {
  client.destroy();
  await service.stop();
});

const system = 'sluice-local-system';
const ok = { expected: EXPECTED_VERSION, found: EXPECTED_VERSION, dirty: false };

function migrate(args: string, env: Record<string, string> = {}) {
  const at = { dataDir: service.dataDir, env: { AWS_ENDPOINT_URL: '', ...env } };
  return runScript(at, 'scripts/migrate/main.ts', ...args.split(' '));
}

/** What /health answers within its caching time. */
const health = () =>
  expect.poll(
    async () => {
      const { status, body } = await service.get('/health');
      return { http: status, status: body.status, migrations: body.migrations };
    },
    { timeout: HEALTH_CACHED_MS + 8_000, interval: 100 },
  );

it('a new database counts as migrated', async () => {
  await health().toEqual({ http: 200, status: 'ok', migrations: ok });
  expect(await migrate('version')).toEqual({
    code: 0,
    output: `version  ${EXPECTED_VERSION}\ndirty    no\npending  none\n`,
  });
  expect(await migrate('up')).toEqual({ code: 0, output: 'Nothing is pending.\n' });
});

it('migrates down and up while the service runs and reports the mismatch', async () => {
  expect(await migrate(`down ${EXPECTED_VERSION}`)).toMatchObject({
    code: 0,
    output: expect.stringContaining('Done'),
  });
  await health().toEqual({ http: 200, status: 'mismatch', migrations: { ...ok, found: 0 } });
  expect(await migrate('version')).toMatchObject({ code: 1, output: expect.stringContaining('pending  0001-') });

  const items = jobItems(1);
  for (const Item of items) await client.send(new PutCommand({ TableName: 'sluice-local-settlements', Item }));
  const job = () => service.get(`/jobs/${items[16]?.id}`);
  const before = await job();
  expect(before).toMatchObject({ status: 200, body: { progress: 100, processed: 16, total: 16 } });
  expect(await migrate('up')).toMatchObject({ code: 0, output: expect.stringContaining('up 0001-') });
  expect((await job()).text).toBe(before.text);
  await health().toEqual({ http: 200, status: 'ok', migrations: ok });
});

it('reports a dirty version, refuses to migrate it, and repairs it by force', async () => {
  const Item = { ...MIGRATIONS_KEY, version: EXPECTED_VERSION, dirty: true };
  await client.send(new PutCommand({ TableName: system, Item }));
  await health().toEqual({ http: 200, status: 'mismatch', migrations: { ...ok, dirty: true } });
  expect(await migrate('version')).toMatchObject({ code: 1, output: expect.stringContaining('dirty    yes') });
  expect(await migrate('up')).toMatchObject({ code: 1, output: expect.stringContaining('is dirty') });
  expect(await migrate(`force ${EXPECTED_VERSION}`)).toMatchObject({ code: 0 });
  await health().toMatchObject({ status: 'ok' });
});

it('exits with 2 and says what to do on wrong arguments or without an endpoint', async () => {
  for (const wrong of ['', 'sideways', 'up 0', 'up x', 'force', 'force -1', 'version 1', 'up 1 2']) {
    expect(await migrate(wrong), wrong).toMatchObject({ code: 2 });
  }
  expect((await migrate('sideways')).output).toContain(
    'npm run migrate -- version | up [n] | down [n] | force <version>',
  );
  expect(await migrate('up', { SLUICE_DATA_DIR: '/nowhere' })).toMatchObject({
    code: 2,
    output: expect.stringContaining('npm start'),
  });
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const there = { ...credentials, AWS_ENDPOINT_URL: service.endpoints.aws };
  expect(await migrate('version', there)).toMatchObject({ code: 0, output: expect.stringContaining('pending  none') });
  expect(await migrate('version --stage other', there)).toMatchObject({
    code: 1,
    output: expect.stringContaining('no table sluice-other-system'),
  });
  expect(await migrate('version', { ...credentials, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })).toMatchObject({
    code: 2,
    output: expect.stringContaining('Nothing answers at http://127.0.0.1:1'),
  });
});

it('does not take a database older than its version record for a new one', async () => {
  await client.send(new DeleteCommand({ TableName: system, Key: MIGRATIONS_KEY }));
  await service.kill();
  await service.start();
  await health().toEqual({ http: 200, status: 'mismatch', migrations: { ...ok, found: 0 } });
  expect(await migrate('up')).toMatchObject({ code: 0 });
  await health().toEqual({ http: 200, status: 'ok', migrations: ok });
});
