import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { type Check, type CheckDeps, checkHealth } from '../../lib/system/check-health.ts';
import { type DataVersion, EXPECTED_VERSION } from '../../lib/system/data-version.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';

const never = () => new Promise<never>(() => {});
const fails = async () => {
  throw new Error('connection refused at 10.0.0.7');
};
const check = (name: string, isUp: Check['isUp']): Check => ({ name, isUp, deadlineMs: 20 });
const up = ['queue', 'bank'].map((name) => check(name, async () => true));
const asExpected = { version: EXPECTED_VERSION, dirty: false };
/** Two seconds, the time of the database, take 100 ms. */
const sleep = (ms: number) => setTimeout(ms / 20);
const at = (found: DataVersion, checks = up): CheckDeps => ({
  checks,
  dataVersion: { read: async () => found },
  sleep,
});

it('is ok when every dependency answers and the data has the version of the code', async () => {
  expect(await checkHealth(at(asExpected))).toEqual({
    status: 'ok',
    checks: { database: 'up', queue: 'up', bank: 'up' },
    migrations: { expected: EXPECTED_VERSION, found: EXPECTED_VERSION, dirty: false },
  });
});

it('names the dependencies that fail, throw or time out, without further details', async () => {
  const checks = [check('queue', fails), check('bank', never), check('other', async () => false)];
  expect(await checkHealth(at({ version: 0, dirty: true }, checks))).toEqual({
    status: 'degraded',
    checks: { database: 'up', queue: 'down', bank: 'down', other: 'down' },
    migrations: { expected: EXPECTED_VERSION, found: 0, dirty: true },
  });
});

it('gives each dependency its own time', async () => {
  const slow = () => setTimeout(50, true);
  const checks = [
    { name: 'bank', isUp: slow, deadlineMs: 20 * 200 },
    { name: 'chain', isUp: slow, deadlineMs: 20 },
  ];
  expect((await checkHealth(at(asExpected, checks))).checks).toEqual({ database: 'up', bank: 'up', chain: 'down' });
});

describe('a mismatch is reported when the data', () => {
  it.each([
    ['is not migrated yet', { version: EXPECTED_VERSION - 1, dirty: false }],
    ['is newer than the code', { version: EXPECTED_VERSION + 1, dirty: false }],
    ['is in the middle of a migration', { version: EXPECTED_VERSION, dirty: true }],
  ])('%s', async (_name, found) => {
    const { status, migrations } = await checkHealth(at(found));
    expect({ status, migrations }).toEqual({
      status: 'mismatch',
      migrations: { expected: EXPECTED_VERSION, found: found.version, dirty: found.dirty },
    });
  });
});

describe('the database is down when the version of the data', () => {
  it.each([
    ['cannot be read', fails],
    ['is not returned in time', never],
  ])('%s', async (_name, read) => {
    expect(await checkHealth({ checks: up, dataVersion: { read }, sleep })).toEqual({
      status: 'degraded',
      checks: { database: 'down', queue: 'up', bank: 'up' },
      migrations: { expected: EXPECTED_VERSION, found: null, dirty: null },
    });
  });
});

it('the code expects the version of the last migration', () => {
  expect(migrationFiles().at(-1)?.version).toBe(EXPECTED_VERSION);
});
