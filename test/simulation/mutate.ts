/** `npm run simulate:mutants [-- --only <words of a name>] [--seeds 200] [--tell]` : which seeds catch the code without its guards, and how. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import pMap from 'p-map';
import { MUTANTS, type Mutant } from './mutants.ts';

const ROOT = join(import.meta.dirname, '../..');
const COPIED = ['lib', 'functions', 'gen', 'localstack', 'scripts', 'test', 'resources', 'package.json'];

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '200' },
    tell: { type: 'boolean', default: false },
  },
});

async function simulate(cwd: string, ...options: string[]): Promise<string> {
  const child = spawn(process.execPath, ['test/simulation/simulate.ts', ...options], { cwd });
  const [said] = await Promise.all([text(child.stdout), once(child, 'close')]);
  return said;
}

/** @returns the seed that caught it, or undefined */
async function hunt({ domain, and, ...edit }: Mutant, seeds: string): Promise<number | undefined> {
  const copy = mkdtempSync(join(tmpdir(), 'sluice-mutant-'));
  try {
    for (const path of COPIED) cpSync(join(ROOT, path), join(copy, path), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
    for (const { file, code, becomes } of and ? [edit, and] : [edit]) {
      const source = readFileSync(join(copy, file), 'utf8');
      if (source.split(code).length !== 2) throw new Error(`${file} does not have this once: ${code}`);
      const mutated = source.replace(code, () => becomes);
      writeFileSync(join(copy, file), mutated);
    }
    const said = await simulate(copy, '--domain', domain, '--seeds', seeds, '--until-failure');
    const [, seed] = /^seed (\d+),/m.exec(said) ?? [];
    if (seed === undefined && !said.includes(' seeds from ')) throw new Error(`the simulation did not run: ${said}`);
    if (seed !== undefined && values.tell) console.log(await simulate(copy, '--domain', domain, '--seed', seed));
    return seed === undefined ? undefined : Number(seed);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

const chosen = MUTANTS.filter(({ name }) => name.includes(values.only));
let missed = 0;
await pMap(
  chosen,
  async (mutant) => {
    const seed = await hunt(mutant, values.seeds).catch((error: Error) => error);
    if (typeof seed !== 'number') missed += 1;
    const how = seed instanceof Error ? `ERROR  ${seed.message}` : seed === undefined ? 'MISSED' : `seed ${seed}`;
    console.log(`${how.padEnd(10)} ${mutant.domain}: ${mutant.name}`);
  },
  { concurrency: availableParallelism() },
);
console.log(`\n${chosen.length - missed} of ${chosen.length} mutants were caught.`);
process.exitCode = missed === 0 ? 0 : 1;
