/**
 * `npm run seed:transactions -- --rows 1000000 --seed 42`: writes a file of transactions, and a file of their expected
 * settlement. The same arguments give the same bytes. Exit code 0, or 1 after an error.
 *
 *     --merchants 100  --days 30     numbers of merchants and days
 *     --from DAY | --to DAY          the first or the last day; by default the last day is yesterday (UTC)
 *     --format csv | jsonl           --out FILE          --shuffle puts the rows in a random order
 *     --submit                       also imports the file into the running service
 */

import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { addDays, type Day, dayOf, parseDay } from '../../lib/kernel/day.ts';
import { run } from '../command.ts';
import { endpointsOf } from '../endpoints.ts';
import { formatSums } from '../settlement/groups.ts';
import { importFile } from './import-file.ts';
import type { Plan } from './sales.ts';
import { FORMATS, type Written, writeSales } from './write-sales.ts';

const MOST = { rows: 100_000_000, seed: 999_999_999, merchants: 10_000, days: 366 };

function readCommandLine() {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '1000000' },
      seed: { type: 'string', default: '42' },
      merchants: { type: 'string', default: '100' },
      days: { type: 'string', default: '30' },
      from: { type: 'string' },
      to: { type: 'string' },
      format: { type: 'string', default: 'csv' },
      out: { type: 'string' },
      shuffle: { type: 'boolean', default: false },
      submit: { type: 'boolean', default: false },
    },
  });
  const count = (name: keyof typeof MOST, least = 1) => {
    const number = Number(values[name]);
    if (/^\d+$/.test(values[name]) && number >= least && number <= MOST[name]) return number;
    throw new Error(`--${name} takes a whole number from ${least} to ${MOST[name]}, not ${values[name]}`);
  };
  const days = count('days');
  const plan: Plan = {
    rows: count('rows'),
    seed: count('seed', 0),
    merchants: count('merchants'),
    from: firstDay(values.from, values.to, days),
    days,
  };
  const format = FORMATS.find((known) => known === values.format);
  if (!format) throw new Error(`--format takes ${FORMATS.join(' or ')}, not ${values.format}`);
  const out = values.out ?? join('seed', `transactions-${plan.seed}-${plan.rows}.${format}`);
  return { plan, format, out, isShuffled: values.shuffle, submit: values.submit };
}

function firstDay(from: string | undefined, to: string | undefined, days: number): Day {
  if (from !== undefined && to !== undefined)
    throw new Error('Use --from or --to, not both: the other day follows from --days');
  if (from !== undefined) return day('--from', from);
  return addDays(to === undefined ? addDays(dayOf(Date.now()), -1) : day('--to', to), 1 - days);
}

function day(option: string, text: string): Day {
  const parsed = parseDay(text);
  if (!parsed) throw new Error(`${option} takes a day, yyyy-mm-dd, not ${text}`);
  return parsed;
}

const grouped = (number: number | bigint) => number.toLocaleString('en');

function print({ rows, from, days, merchants }: Plan, file: string, written: Written, seconds: number): void {
  console.log(`${file}  ${grouped(rows)} rows, ${grouped(written.bytes)} bytes, ${seconds.toFixed(1)} s`);
  console.log(`  sha256 ${written.sha256}`);
  console.log(`  ${from} to ${addDays(from as Day, days - 1)}, ${merchants} merchants`);
  for (const [status, { gross, fee, count }] of Object.entries(written.byStatus)) {
    console.log(`  ${status.padEnd(8)} ${grouped(count).padStart(12)} rows  amount_cents ${gross}  fee_cents ${fee}`);
  }
  console.log(`${written.expectedFile}  ${grouped(written.groups.size)} merchant days, of PAID rows only`);
  console.log(`  ${formatSums(written.groups.total)}`);
}

async function main(): Promise<undefined> {
  const { plan, format, out, isShuffled, submit } = readCommandLine();
  const at = submit ? endpointsOf() : undefined;
  mkdirSync(dirname(out), { recursive: true });
  const began = performance.now();
  const written = writeSales(plan, out, { format, isShuffled });
  print(plan, out, written, (performance.now() - began) / 1_000);
  if (at) {
    const { import_id, stored, unchanged } = await importFile(at, out);
    console.log(`imported as ${import_id}: ${grouped(stored)} rows stored, ${grouped(unchanged)} unchanged`);
  }
}

await run(main, () => 1);
