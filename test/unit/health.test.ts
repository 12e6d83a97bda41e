import { expect, it } from 'vitest';
import { checkHealth } from '../../lib/system/check-health.ts';

const never = () => new Promise<boolean>(() => {});
const fails = async () => {
  throw new Error('connection refused at 10.0.0.7');
};

it('is ok when every dependency answers', async () => {
  const checks = ['database', 'queue', 'bank'].map((name) => ({ name, isUp: async () => true }));
  expect(await checkHealth(checks, 100)).toEqual({
    status: 'ok',
    checks: { database: 'up', queue: 'up', bank: 'up' },
  });
});

it('names those that say no, throw, or do not answer in time, and says no more', async () => {
  const checks = [
    { name: 'database', isUp: async () => true },
    { name: 'queue', isUp: fails },
    { name: 'bank', isUp: never },
    { name: 'other', isUp: async () => false },
  ];
  expect(await checkHealth(checks, 20)).toEqual({
    status: 'degraded',
    checks: { database: 'up', queue: 'down', bank: 'down', other: 'down' },
  });
});
