/**
 * `npm run bench -- [payouts] [settlement] [orders] [wallets] [withdrawals] [codecs] [--quick] [--json FILE]`: what each domain costs here, beside the
 * budgets of the design; all of them when none is named. Ends by itself.
 */

import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { withService } from '../service.ts';
import { importFile } from '../transactions/import-file.ts';
import { CODECS_NOTES, measureCodecs } from './codecs.ts';
import { median } from './measure.ts';
import { benchOrders, ORDERS_NOTES, ordersBudgets, ordersRow } from './orders.ts';
import { measurePayouts, PAYOUTS_NOTES, startUp } from './payouts.ts';
import { againstBudgets, medianRow } from './report.ts';
import {
  measureSettlement,
  SETTLEMENT_NOTES,
  type SettlementMeasured,
  settlementBudgets,
  settlementRow,
} from './settlement.ts';
import { benchWallets, WALLETS_NOTES, walletsRow } from './wallets.ts';
import { benchWithdrawals, WITHDRAWALS_NOTES, withdrawalsRow } from './withdrawals.ts';

/** What a domain's measurements come to. */
type Section = {
  readonly tables: readonly (readonly object[])[];
  readonly budgets: readonly object[];
  readonly notes: string;
};

async function payouts(quick: boolean): Promise<Section> {
  const [sizes, runs, starts] = quick ? [[100, 1_000], 1, 1] : [[100, 1_000, 5_000], 3, 5];
  const startSeconds: number[] = [];
  while (startSeconds.length < starts) startSeconds.push(await startUp());
  const { series, memory } = await measurePayouts(sizes, runs);
  const budgets = againstBudgets(series, median(startSeconds));
  return { tables: [series.map(medianRow), memory], budgets, notes: PAYOUTS_NOTES };
}

async function settlement(quick: boolean): Promise<Section> {
  const [sizes, runs] = quick ? [[10_000, 100_000], 3] : [[10_000, 100_000, 1_000_000], 5];
  const measured: SettlementMeasured[] = [];
  for (const rows of sizes) {
    measured.push(await measureSettlement(rows, runs, importFile));
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  return {
    tables: [measured.map(settlementRow)],
    budgets: settlementBudgets(measured),
    notes: SETTLEMENT_NOTES,
  };
}

async function orders(quick: boolean): Promise<Section> {
  const measured = await withService(async (service) => benchOrders(await service.start(), quick ? 3 : 9));
  return { tables: [[ordersRow(measured)]], budgets: ordersBudgets(measured), notes: ORDERS_NOTES };
}

/** DESIGN has no budget for payments. */
async function wallets(quick: boolean): Promise<Section> {
  const measured = await withService(async (service) => benchWallets(await service.start(), quick));
  return { tables: [measured.map(walletsRow)], budgets: [], notes: WALLETS_NOTES };
}

/** Nor for withdrawals. */
async function withdrawals(quick: boolean): Promise<Section> {
  const measured = await withService(async (service) => benchWithdrawals(await service.start(), quick));
  return { tables: [measured.map(withdrawalsRow)], budgets: [], notes: WITHDRAWALS_NOTES };
}

async function codecs(quick: boolean): Promise<Section> {
  return { tables: [measureCodecs(quick ? 3 : 9)], budgets: [], notes: CODECS_NOTES };
}

const SECTIONS = { payouts, settlement, orders, wallets, withdrawals, codecs };
type Name = keyof typeof SECTIONS;

function readCommandLine() {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, json: { type: 'string' } },
    allowPositionals: true,
  });
  const names = Object.keys(SECTIONS) as Name[];
  const unknown = positionals.find((name) => !names.includes(name as Name));
  if (unknown !== undefined) throw new Error(`There is no section ${unknown}, only ${names.join(', ')}`);
  return { ...values, names: positionals.length === 0 ? names : (positionals as Name[]) };
}

async function main(): Promise<void> {
  const { json, quick, names } = readCommandLine();
  const machine = { node: process.version, cores: availableParallelism(), loadBefore: loadavg().map(Math.round) };
  console.log(`Node ${machine.node}, ${machine.cores} cores, load ${machine.loadBefore.join(' ')} before; medians`);
  const measured: Partial<Record<Name, Section>> = {};
  for (const name of names) {
    const section = await SECTIONS[name](quick);
    measured[name] = section;
    console.log(`\n${name}\n`);
    for (const table of section.tables) console.table(table);
    if (section.budgets.length > 0) console.table(section.budgets);
    console.log(section.notes);
  }
  if (json) writeFileSync(json, `${JSON.stringify({ machine, ...measured }, null, 2)}\n`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
