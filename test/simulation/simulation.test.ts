import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** In a process of its own, since it takes the clock over. */
async function run(script: string, ...options: string[]): Promise<string> {
  const args = [join(import.meta.dirname, script), ...options];
  const ran = promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  return (await ran.catch((failed: { stdout: string }) => failed)).stdout;
}

it('finds nothing in 200 seeds over all domains', { timeout: 600_000 }, async () => {
  expect(await run('simulate.ts', '--seeds', '200')).toMatch(/^200 seeds from 1 on, 0 failed, \d+ effects/);
});

it.each(['payouts', 'withdrawals', 'wallets', 'orders', 'settlement'])(
  'plays the same history twice: %s',
  { timeout: 120_000 },
  async (domain) => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => run('simulate.ts', '--seed', '7', '--domain', domain, '--history')),
    );
    const played = (said = '') => said.slice(0, said.lastIndexOf('effects, '));
    expect(played(first).split('\n').length).toBeGreaterThan(30);
    expect(played(second)).toBe(played(first));
  },
);

it('names the seed, what it takes and the shortest history, should there be something', {
  timeout: 120_000,
}, async () => {
  const said = await run('mutate.ts', '--only', 'an order takes what is not there', '--seeds', '20', '--tell');
  expect(said).toMatch(/^seed (\d+), orders: \d+ findings$/m);
  expect(said).toMatch(/again: npm run simulate -- --seed \d+ --domain orders --history/);
  expect(said).toMatch(/it takes: .*; .*buyer \d+/);
  expect(said).toMatch(/1 of 1 mutants were caught/);
});
