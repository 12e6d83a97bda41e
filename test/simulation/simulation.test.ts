import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** In a process of its own, since it takes the clock over. */
async function simulate(...options: string[]): Promise<string> {
  const args = [join(import.meta.dirname, 'simulate.ts'), ...options];
  const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}

it('finds nothing in 40 seeds over all domains', { timeout: 300_000 }, async () => {
  expect(await simulate('--seeds', '40')).toMatch(/^40 seeds from 1 on, 0 failed, \d+ effects/);
});

it.each(['payouts', 'withdrawals', 'wallets', 'orders'])(
  'plays the same history twice: %s',
  { timeout: 60_000 },
  async (domain) => {
    const [first, second] = await Promise.all(
      [1, 2].map(() => simulate('--seed', '7', '--domain', domain, '--history')),
    );
    const played = (said = '') => said.slice(0, said.lastIndexOf('effects, '));
    expect(played(first).split('\n').length).toBeGreaterThan(30);
    expect(played(second)).toBe(played(first));
  },
);
