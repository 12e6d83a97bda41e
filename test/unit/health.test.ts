import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { checkHealth, type HealthDeps } from '../../lib/system/check-health.ts';
import { type DataVersion, EXPECTED_VERSION } from '../../lib/system/data-version.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';

const never = () => new Promise<never>(() => {});
const fails = async () => {
  throw new Error('connection refused at 10.0.0.7');
};
const up = ['database', 'queue', 'bank'].map((name) => ({ name, isUp: async () => true }));
const asExpected = { version: EXPECTED_VERSION, dirty: false };
const sleep = (ms: number) => setTimeout(ms);
const at = (found: DataVersion, checks: HealthDeps['checks'] = up): HealthDeps => ({
  checks,
  dataVersion: { read: async () => found },
  sleep,
});

it('is ok when every dependency answers and the data has the version of the code', async () => {
  expect(await checkHealth(at(asExpected), 100)).toEqual({
    status: 'ok',
    checks: { database: 'up', queue: 'up', bank: 'up' },
    migrations: { expected: EXPECTED_VERSION, found: EXPECTED_VERSION, dirty: false },
  });
});

it('names the dependencies that fail, throw or time out, without further details', async () => {
  const checks = [
    { name: 'database', isUp: async () => true },
    { name: 'queue', isUp: fails },
    { name: 'bank', isUp: never },
    { name: 'other', isUp: async () => false },
  ];
  expect(await checkHealth(at({ version: 0, dirty: true }, checks), 20)).toEqual({
    status: 'degraded',
    checks: { database: 'up', queue: 'down', bank: 'down', other: 'down' },
    migrations: { expected: EXPECTED_VERSION, found: 0, dirty: true },
  });
});

describe('a mismatch is reported when the data', () => {
  it.each([
    ['is not migrated yet', { version: EXPECTED_VERSION - 1, dirty: false }],
    ['is newer than the code', { version: EXPECTED_VERSION + 1, dirty: false }],
    ['is in the middle of a migration', { version: EXPECTED_VERSION, dirty: true }],
  ])('%s', async (_name, found) => {
    const { status, migrations } = await checkHealth(at(found), 100);
    expect({ status, migrations }).toEqual({
      status: 'mismatch',
      migrations: { expected: EXPECTED_VERSION, found: found.version, dirty: found.dirty },
    });
  });

  it.each([
    ['has no readable version', fails],
    ['does not return its version in time', never],
  ])('%s', async (_name, read) => {
    expect(await checkHealth({ checks: up, dataVersion: { read }, sleep }, 20)).toMatchObject({
      status: 'mismatch',
      migrations: { found: null, dirty: null },
    });
  });
});

it('the code expects the version of the last migration', () => {
  expect(migrationFiles().at(-1)?.version).toBe(EXPECTED_VERSION);
});
