import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { EXPECTED_VERSION } from '../../lib/system/data-version.ts';
import { MIGRATIONS_KEY } from '../../lib/system/items.ts';
import { awsOf } from '../../scripts/aws.ts';
import { jobItems } from '../support/migrations.ts';
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
  const script = join(import.meta.dirname, '../../scripts/migrate/main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args.split(' ')], {
    env: { ...process.env, AWS_ENDPOINT_URL: '', SLUICE_DATA_DIR: service.dataDir, ...env },
    encoding: 'utf8',
  });
  return { status, output: `${stdout}${stderr}` };
}

const health = async () => {
  const { status, body } = await service.get('/health');
  return { http: status, status: body.status, migrations: body.migrations };
};

it('a new database counts as migrated', async () => {
  expect(await health()).toEqual({ http: 200, status: 'ok', migrations: ok });
  expect(migrate('version')).toEqual({
    status: 0,
    output: `version  ${EXPECTED_VERSION}\ndirty    no\npending  none\n`,
  });
  expect(migrate('up')).toEqual({ status: 0, output: 'Nothing is pending.\n' });
});

it('migrates down and up while the service runs and reports the mismatch', async () => {
  expect(migrate(`down ${EXPECTED_VERSION}`)).toMatchObject({ status: 0, output: expect.stringContaining('Done') });
  expect(await health()).toEqual({ http: 200, status: 'mismatch', migrations: { ...ok, found: 0 } });
  expect(migrate('version')).toMatchObject({ status: 1, output: expect.stringContaining('pending  0001-') });

  const items = jobItems(1);
  for (const Item of items) await client.send(new PutCommand({ TableName: 'sluice-local-settlements', Item }));
  const job = () => service.get(`/jobs/${items[16]?.id}`);
  const before = await job();
  expect(before).toMatchObject({ status: 200, body: { progress: 100, processed: 16, total: 16 } });
  expect(migrate('up')).toMatchObject({ status: 0, output: expect.stringContaining('up 0001-') });
  expect((await job()).text).toBe(before.text);
  expect(await health()).toEqual({ http: 200, status: 'ok', migrations: ok });
});

it('reports a dirty version, refuses to migrate it, and repairs it by force', async () => {
  const Item = { ...MIGRATIONS_KEY, version: EXPECTED_VERSION, dirty: true };
  await client.send(new PutCommand({ TableName: system, Item }));
  expect(await health()).toEqual({ http: 200, status: 'mismatch', migrations: { ...ok, dirty: true } });
  expect(migrate('version')).toMatchObject({ status: 1, output: expect.stringContaining('dirty    yes') });
  expect(migrate('up')).toMatchObject({ status: 1, output: expect.stringContaining('is dirty') });
  expect(migrate(`force ${EXPECTED_VERSION}`)).toMatchObject({ status: 0 });
  expect(await health()).toMatchObject({ status: 'ok' });
});

it('exits with 2 and says what to do on wrong arguments or without an endpoint', () => {
  for (const wrong of ['', 'sideways', 'up 0', 'up x', 'force', 'force -1', 'version 1', 'up 1 2']) {
    expect(migrate(wrong), wrong).toMatchObject({ status: 2 });
  }
  expect(migrate('sideways').output).toContain('npm run migrate -- version | up [n] | down [n] | force <version>');
  expect(migrate('up', { SLUICE_DATA_DIR: '/nowhere' })).toMatchObject({
    status: 2,
    output: expect.stringContaining('npm start'),
  });
  const credentials = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const there = { ...credentials, AWS_ENDPOINT_URL: service.endpoints.aws };
  expect(migrate('version', there)).toMatchObject({ status: 0 });
  expect(migrate('version --stage other', there)).toMatchObject({
    status: 1,
    output: expect.stringContaining('no table sluice-other-system'),
  });
  expect(migrate('version', { ...credentials, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' })).toMatchObject({
    status: 2,
    output: expect.stringContaining('Nothing answers at http://127.0.0.1:1'),
  });
});

it('does not take a database older than its version record for a new one', async () => {
  await client.send(new DeleteCommand({ TableName: system, Key: MIGRATIONS_KEY }));
  await service.kill();
  await service.start();
  expect(await health()).toEqual({ http: 200, status: 'mismatch', migrations: { ...ok, found: 0 } });
  expect(migrate('up')).toMatchObject({ status: 0 });
  expect(await health()).toEqual({ http: 200, status: 'ok', migrations: ok });
});
