/**
 * `npm run simulate -- [--seeds 200] [--from 1] [--seed N] [--minutes M] [--domain payouts|withdrawals|wallets|orders|settlement|all]
 * [--history] [--coverage]`:
 * plays histories in which everything goes wrong that can, and looks whether the promises were kept. A failure names the
 * seed, which plays the same history again. Exit code 1 if there was one.
 */

import { parseArgs } from 'node:util';
import { Database } from '../support/database.ts';
import { Coverage } from './coverage.ts';
import { captureOutput } from './logs.ts';
import { orders } from './orders.ts';
import { payouts } from './payouts.ts';
import { type Outcome, runSeed } from './run.ts';
import { settlement } from './settlement.ts';
import { type Shrunk, shrink, untilFinding } from './shrink.ts';
import { wallets } from './wallets.ts';
import { withdrawals } from './withdrawals.ts';

const DOMAINS = [payouts, withdrawals, wallets, orders, settlement];
const MOST_TOLD = 5;
const LINES_TOLD = 15;

function readCommandLine() {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string' },
      seed: { type: 'string' },
      minutes: { type: 'string' },
      domain: { type: 'string', default: 'all' },
      history: { type: 'boolean', default: false },
      coverage: { type: 'boolean', default: false },
      'until-failure': { type: 'boolean', default: false },
    },
  });
  const domains = DOMAINS.filter(({ name }) => values.domain === 'all' || values.domain === name);
  if (domains.length === 0) throw new Error(`There is no domain ${values.domain}.`);
  const endsAt = performance.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000;
  // Each night others: what was found nowhere yesterday is not worth another night.
  const first = Number(values.seed ?? values.from ?? (values.minutes ? Math.floor(Date.now() / 1_000) : 1));
  const many = values.seed ? 1 : values.minutes ? Number.POSITIVE_INFINITY : Number(values.seeds);
  return {
    domains,
    first,
    last: first + many - 1,
    endsAt,
    history: values.history,
    showsCoverage: values.coverage,
    stops: values['until-failure'],
  };
}

async function main(): Promise<number> {
  const { domains, first, last, endsAt, history, showsCoverage, stops } = readCommandLine();
  const print = captureOutput();
  const database = await Database.start();
  const began = performance.now();
  const faults = new Map<string, number>();
  const coverage = new Coverage();
  let [seeds, failed, effects] = [0, 0, 0];
  for (let seed = first; seed <= last && performance.now() < endsAt; seed += 1) {
    const domain = domains[seed % domains.length] as (typeof domains)[number];
    const outcome = await runSeed(database, domain, { seed });
    if (history) for (const line of outcome.history) print(line);
    seeds += 1;
    effects += outcome.effects;
    coverage.add(outcome.coverage);
    for (const [fault, times] of outcome.faults) faults.set(fault, (faults.get(fault) ?? 0) + times);
    if (outcome.findings.length === 0) continue;
    failed += 1;
    tell(print, domain.name, outcome);
    if (stops) break;
    tellLeast(print, await shrink(database, domain, seed));
  }
  const seconds = (performance.now() - began) / 1_000;
  const rate = `${(effects / seconds).toFixed(0)} effects/s, ${((seeds / seconds) * 60).toFixed(0)} seeds/min`;
  print(`${seeds} seeds from ${first} on, ${failed} failed, ${effects} effects, ${rate}`);
  print(`${coverage.moves.size} moves, ${coverage.triples} triples of state, fault and next state`);
  if (showsCoverage) {
    print(`    never: ${coverage.unseen.join(', ') || 'nothing'}`);
    for (const [move, by] of [...coverage.moves].sort()) {
      print(`    ${move}: ${[...by].map(([fault, times]) => `${fault} ${times}`).join(', ')}`);
    }
  }
  print(`faults: ${[...faults].map(([fault, times]) => `${fault} ${times}`).join(', ')}`);
  await database.stop();
  return failed > 0 ? 1 : 0;
}

function tell(print: (line: string) => void, domain: string, { seed, findings }: Outcome): void {
  const different = [...new Set(findings)];
  print(`seed ${seed}, ${domain}: ${different.length} findings`);
  for (const finding of different.slice(0, MOST_TOLD)) print(`    ${finding}`);
  if (different.length > MOST_TOLD) print(`    and ${different.length - MOST_TOLD} more`);
  print(`    again: npm run simulate -- --seed ${seed} --domain ${domain} --history`);
}

/** Of a long history the end, which is where it went wrong. */
function tellLeast(print: (line: string) => void, { outcome, faults, actors }: Shrunk): void {
  const lines = untilFinding(outcome.history);
  print(`    it takes: ${faults.join(', ') || 'no fault at all'}; ${actors.join(', ') || 'nobody'}`);
  print(`    the shortest history has ${lines.length} lines, and ends with`);
  for (const line of lines.slice(-LINES_TOLD)) print(`        ${line}`);
}

process.exit(await main());
