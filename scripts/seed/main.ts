/**
 * `npm run seed -- [--seed 42] [--out seed] [--submit]`: writes three batches of payouts to files; --submit also posts them.
 * Exit code 0, or 1 after an error.
 */

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { run } from '../command.ts';
import { clientOf, endpointsOf } from '../endpoints.ts';
import { SIZES, seedBatch } from './vendors.ts';

function readCommandLine() {
  const { values } = parseArgs({
    options: {
      seed: { type: 'string', default: '42' },
      out: { type: 'string', default: 'seed' },
      submit: { type: 'boolean', default: false },
    },
  });
  if (!/^\d{1,9}$/.test(values.seed))
    throw new Error(`--seed takes a whole number of at most 9 digits, not ${values.seed}`);
  return { ...values, seed: Number(values.seed) };
}

async function main(): Promise<undefined> {
  const { seed, out, submit } = readCommandLine();
  const client = submit ? clientOf(endpointsOf()) : undefined;
  mkdirSync(out, { recursive: true });
  for (const size of SIZES) {
    const batch = seedBatch(size, seed);
    const text = `${JSON.stringify(batch, null, 1)}\n`;
    const file = join(out, `${batch.batch_id}.json`);
    writeFileSync(file, text);
    console.log(`${file}  ${size} vendors  sha256 ${createHash('sha256').update(text).digest('hex')}`);
    if (client) {
      await client.batches.create(batch);
      console.log(`  submitted as batch ${batch.batch_id}`);
    }
  }
}

await run(main, () => 1);
