/** `npm run simulate -- [--seeds 200] [--seed N] [--domain withdrawals]` */

import { parseArgs } from 'node:util';
import { startDatabase } from '../support/world.ts';
import { orders } from './orders.ts';
import { payouts } from './payouts.ts';
import { runSeed } from './run.ts';
import { wallets } from './wallets.ts';
import { withdrawals } from './withdrawals.ts';

const DOMAINS = [payouts, withdrawals, wallets, orders];

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    seed: { type: 'string' },
    domain: { type: 'string', default: 'all' },
    'until-failure': { type: 'boolean', default: false },
    history: { type: 'boolean', default: false },
  },
});
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (() => true) as never; // the functions' log
process.stderr.write = (() => true) as never;
const print = (line: string) => write(`${line}\n`);

const database = await startDatabase();
const first = Number(values.seed ?? 1);
const count = values.seed ? 1 : Number(values.seeds);
const began = performance.now();
let [effects, failed] = [0, 0];
const domains = DOMAINS.filter(({ name }) => values.domain === 'all' || values.domain === name);
for (let seed = first; seed < first + count; seed += 1) {
  const domain = domains[seed % domains.length] as (typeof domains)[number];
  const outcome = await runSeed(database, domain, seed);
  effects += outcome.effects;
  if (values.history) for (const line of outcome.history) print(line);
  if (values.seed) print(`${outcome.digest} ${outcome.effects} effects ${JSON.stringify([...outcome.faults])}`);
  if (outcome.findings.length > 0) {
    failed += 1;
    print(`seed ${seed}, ${domain.name}: ${[...new Set(outcome.findings)].slice(0, 5).join('\n    ')}`);
    if (values['until-failure']) break;
  }
}
const seconds = (performance.now() - began) / 1_000;
print(
  `${count} seeds, ${failed} failed, ${effects} effects, ${(effects / seconds).toFixed(0)}/s, ${((count / seconds) * 60).toFixed(0)} seeds/min`,
);
await database.stop();
process.exit(failed > 0 ? 1 : 0);
