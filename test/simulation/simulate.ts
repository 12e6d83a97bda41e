/**
 * `npm run simulate -- [options]` plays histories in which many things fail, and checks that the service keeps its promises.
 * A failure names its seed; the same seed plays the same history again. The exit code is 1 if a seed failed.
 *
 *     --seeds 200           how many seeds
 *     --from 1              the first of them
 *     --seed 7              only this one
 *     --minutes 60          new seeds for so long
 *     --domain payouts      or withdrawals, wallets, orders, settlement, audit, approvals, lifecycle, webhooks, restores; all of them in turn if it is not given
 *     --shrink-seconds 60   how long to look for a shorter history of a seed that fails
 *     --history, --digests, --coverage   what to print besides
 *     --until-failure       stops at the first finding
 *     --try-first 7         plays this seed before the others
 */

import { parseArgs } from 'node:util';
import { Database } from '../support/database.ts';
import { approvals } from './approvals.ts';
import { audit } from './audit.ts';
import { Coverage } from './coverage.ts';
import { lifecycle } from './lifecycle.ts';
import { captureOutput } from './logs.ts';
import { orders } from './orders.ts';
import { payouts } from './payouts.ts';
import { restores } from './restores.ts';
import { type Outcome, runSeed } from './run.ts';
import { settlement } from './settlement.ts';
import { type Shrunk, shrink, untilFinding } from './shrink.ts';
import { wallets } from './wallets.ts';
import { webhooks } from './webhooks.ts';
import { withdrawals } from './withdrawals.ts';

const DOMAINS = [payouts, withdrawals, wallets, orders, settlement, audit, approvals, lifecycle, webhooks, restores];
const MOST_FINDINGS = 5;
const MOST_LINES = 15;

type Print = (line: string) => void;

function readCommandLine() {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '200' },
      from: { type: 'string' },
      seed: { type: 'string' },
      minutes: { type: 'string' },
      domain: { type: 'string', default: 'all' },
      'shrink-seconds': { type: 'string', default: '60' },
      'try-first': { type: 'string' },
      history: { type: 'boolean', default: false },
      digests: { type: 'boolean', default: false },
      coverage: { type: 'boolean', default: false },
      'until-failure': { type: 'boolean', default: false },
    },
  });
  const domains = DOMAINS.filter(({ name }) => values.domain === 'all' || values.domain === name);
  if (domains.length === 0) throw new Error(`There is no domain ${values.domain}.`);
  // With --minutes, other seeds at each run.
  const first = Number(values.seed ?? values.from ?? (values.minutes ? Math.floor(Date.now() / 1_000) : 1));
  const many = values.seed ? 1 : values.minutes ? Number.POSITIVE_INFINITY : Number(values.seeds);
  return {
    ...values,
    domains,
    first,
    last: first + many - 1,
    tryFirst: values['try-first'] === undefined ? undefined : Number(values['try-first']),
    endsAt: performance.now() + Number(values.minutes ?? Number.POSITIVE_INFINITY) * 60_000,
    shrinkSeconds: Number(values['shrink-seconds']),
    stopsAtFinding: values['until-failure'],
  };
}

function* seedsOf({ tryFirst, first, last }: ReturnType<typeof readCommandLine>): Generator<number> {
  if (tryFirst !== undefined) yield tryFirst;
  for (let seed = first; seed <= last; seed += 1) if (seed !== tryFirst) yield seed;
}

async function main(): Promise<number> {
  const options = readCommandLine();
  const { domains, stopsAtFinding } = options;
  const print = captureOutput();
  const database = await Database.start();
  const totals = new Totals();
  for (const seed of seedsOf(options)) {
    if (performance.now() > options.endsAt) break;
    const domain = domains[seed % domains.length] ?? payouts;
    let isFirst = true;
    const outcome = await runSeed(database, domain, { seed, stopsAtFinding }, (finding) => {
      if (isFirst) print(`seed ${seed}, ${domain.name} fails: ${finding}`);
      isFirst = false;
    });
    totals.add(outcome);
    if (options.history) for (const line of outcome.history) print(line);
    if (options.digests) print(`seed ${seed}, ${domain.name}: digest ${outcome.digest}`);
    if (outcome.findings.length === 0) continue;
    printFindings(print, domain.name, outcome);
    if (stopsAtFinding) break;
    const report = (progress: string) => print(`    shrinking: ${progress}`);
    printShrunk(print, await shrink(database, domain, outcome, { seconds: options.shrinkSeconds, report }));
  }
  totals.print(print, options.first);
  if (options.coverage) printCoverage(print, totals.coverage);
  await database.stop();
  return totals.failed > 0 ? 1 : 0;
}

class Totals {
  readonly coverage = new Coverage();
  failed = 0;
  readonly #begunAt = performance.now();
  readonly #faults = new Map<string, number>();
  #seeds = 0;
  #effects = 0;

  add({ findings, effects, coverage, faults }: Outcome): void {
    this.#seeds += 1;
    this.#effects += effects;
    if (findings.length > 0) this.failed += 1;
    this.coverage.add(coverage);
    for (const [fault, times] of faults) this.#faults.set(fault, (this.#faults.get(fault) ?? 0) + times);
  }

  print(print: Print, first: number): void {
    const seconds = (performance.now() - this.#begunAt) / 1_000;
    const [effects, seeds] = [this.#effects / seconds, (this.#seeds / seconds) * 60];
    const rate = `${effects.toFixed(0)} effects/s, ${seeds.toFixed(0)} seeds/min`;
    print(`${this.#seeds} seeds from ${first} on, ${this.failed} failed, ${this.#effects} effects, ${rate}`);
    print(`${this.coverage.moves.size} moves, ${this.coverage.triples} triples of state, fault and next state`);
    print(`faults: ${[...this.#faults].map(([fault, times]) => `${fault} ${times}`).join(', ')}`);
  }
}

function printFindings(print: Print, domain: string, { seed, findings }: Outcome): void {
  const different = [...new Set(findings)];
  print(`seed ${seed}, ${domain}: ${different.length} findings`);
  for (const finding of different.slice(0, MOST_FINDINGS)) print(`    ${finding}`);
  if (different.length > MOST_FINDINGS) print(`    and ${different.length - MOST_FINDINGS} more`);
  print(`    again: npm run simulate -- --seed ${seed} --domain ${domain} --history`);
}

/** Prints the end of the shortest history, where the failure is. */
function printShrunk(print: Print, { outcome, faults, actors, isComplete }: Shrunk): void {
  const lines = untilFinding(outcome.history);
  if (!isComplete) print('    stopped shrinking: the time is over; a shorter history may exist');
  print(`    it takes: ${faults.join(', ') || 'no fault'}; ${actors.join(', ') || 'no actor'}`);
  print(`    the shortest history has ${lines.length} lines, and ends with`);
  for (const line of lines.slice(-MOST_LINES)) print(`        ${line}`);
}

function printCoverage(print: Print, { unseen, moves }: Coverage): void {
  print(`    never: ${unseen.join(', ') || 'nothing'}`);
  for (const [move, faults] of [...moves].sort()) {
    print(`    ${move}: ${[...faults].map(([fault, times]) => `${fault} ${times}`).join(', ')}`);
  }
}

process.exit(await main());
