import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Runs in a process of its own, because it takes over the clock. */
async function run(script: string, ...options: string[]): Promise<string> {
  const args = [join(import.meta.dirname, script), ...options];
  const ran = promisify(execFile)(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  return (await ran.catch((failed: { stdout: string }) => failed)).stdout;
}

/** Two processes share the seeds; both play seeds 16 to 25, which are one of each domain. */
it('finds nothing in 41 seeds, and another process plays the same histories', { timeout: 600_000 }, async () => {
  const printed = await Promise.all([
    run('simulate.ts', '--from', '1', '--seeds', '25', '--digests'),
    run('simulate.ts', '--from', '16', '--seeds', '26', '--digests'),
  ]);
  const [digests, again] = printed.map(
    (lines) => new Map([...lines.matchAll(/^(seed .*): digest (\w+)$/gm)].map(both)),
  );
  expect(printed[0]).toMatch(/^25 seeds from 1 on, 0 failed, \d+ effects/m);
  expect(printed[1]).toMatch(/^26 seeds from 16 on, 0 failed, \d+ effects/m);
  const shared = [...(digests ?? [])].filter(([seed]) => again?.has(seed));
  expect(shared).toHaveLength(10);
  for (const [seed, digest] of shared) expect(again?.get(seed), seed).toBe(digest);
});

const both = ([, seed = '', digest = '']: RegExpMatchArray): [string, string] => [seed, digest];

it('prints a failing seed, what it takes and the shortest history found in time', { timeout: 120_000 }, async () => {
  const mutant = ['--only', 'an order takes more than the stock', '--seeds', '20'];
  const printed = await run('mutate.ts', ...mutant, '--print', '--shrink-seconds', '5');
  expect(printed).toMatch(/^seed (\d+), orders fails: .+$/m);
  expect(printed).toMatch(/^seed (\d+), orders: \d+ findings$/m);
  expect(printed).toMatch(/again: npm run simulate -- --seed \d+ --domain orders --history/);
  expect(printed).toMatch(/shrinking: \d+ s, \d+ runs: fails with \d+ faults and \d+ actors/);
  expect(printed).toMatch(/it takes: .*; .*buyer \d+/);
  expect(printed).toMatch(/1 of 1 mutants were caught/);
});
