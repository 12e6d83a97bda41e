/**
 * `npm run simulate:mutants [-- --only <part of a name>] [--domain payouts] [--seeds 200] [--print]` removes one guard after the other from a copy
 * of the code, and lists the seed that catches each. A seed that caught a mutant before is tried first: caught.json has them.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import type { Mutant } from './mutants/mutant.ts';
import { MUTANTS } from './mutants.ts';

const ROOT = join(import.meta.dirname, '../..');
const COPIED = ['lib', 'functions', 'gen', 'localstack', 'scripts', 'test', 'resources', 'package.json'];
const CAUGHT = join(import.meta.dirname, 'caught.json');
const caught = JSON.parse(readFileSync(CAUGHT, 'utf8')) as Record<string, number>;

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    domain: { type: 'string' },
    seeds: { type: 'string', default: '200' },
    print: { type: 'boolean', default: false },
    remember: { type: 'boolean', default: false },
    'shrink-seconds': { type: 'string', default: '60' },
  },
});

async function simulate(cwd: string, ...options: string[]): Promise<string> {
  const child = spawn(process.execPath, ['test/simulation/simulate.ts', ...options], { cwd });
  const [printed] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return printed;
}

/** @returns the seed that catches it, or undefined */
async function hunt({ name, domain, and = [], ...edit }: Mutant): Promise<number | undefined> {
  const copy = mkdtempSync(join(tmpdir(), 'sluice-mutant-'));
  try {
    for (const path of COPIED) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const { file, code, becomes } of [edit, ...and]) {
      const source = readFileSync(join(copy, file), 'utf8');
      if (source.split(code).length !== 2) throw new Error(`${file} does not have this once: ${code}`);
      writeFileSync(
        join(copy, file),
        source.replace(code, () => becomes),
      );
    }
    const before = caught[name] === undefined ? [] : ['--try-first', `${caught[name]}`];
    const printed = await simulate(copy, '--domain', domain, '--seeds', values.seeds, '--until-failure', ...before);
    const [, seed] = /^seed (\d+),/m.exec(printed) ?? [];
    if (seed === undefined && !printed.includes(' seeds from ')) throw new Error(`the simulation failed: ${printed}`);
    if (seed === undefined) return undefined;
    const shrinking = ['--shrink-seconds', values['shrink-seconds']];
    if (values.print) console.log(await simulate(copy, '--domain', domain, '--seed', seed, ...shrinking));
    return Number(seed);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const chosen = MUTANTS.filter(({ name, domain }) => name.includes(values.only) && domain === (values.domain ?? domain));
let missed = 0;
await pMap(
  chosen,
  async (mutant) => {
    const seed = await hunt(mutant).catch((error: Error) => error);
    if (typeof seed === 'number') caught[mutant.name] = seed;
    else missed += 1;
    const how = seed instanceof Error ? `ERROR  ${seed.message}` : seed === undefined ? 'MISSED' : `seed ${seed}`;
    console.log(`${how.padEnd(10)} ${mutant.domain}: ${mutant.name}`);
  },
  { concurrency: availableParallelism() },
);
if (values.remember) {
  const known = MUTANTS.flatMap(({ name }) => (caught[name] === undefined ? [] : [[name, caught[name]] as const]));
  writeFileSync(CAUGHT, `${JSON.stringify(Object.fromEntries(known), null, 2)}\n`);
}
console.log(`\n${chosen.length - missed} of ${chosen.length} mutants were caught.`);
process.exitCode = missed === 0 ? 0 : 1;
