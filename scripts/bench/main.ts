/**
 * `npm run bench -- [payouts] [settlement] [orders] [wallets] [withdrawals] [recovery] [codecs] [--quick] [--json FILE]`: measures the
 * named domains, by default all, and compares them with the budgets of the design. `npm run bench -- sustained [--scale 0.05]`:
 * a long run in one service. `npm run bench -- uploads [--quick] [--scale 0.1]`: files of 10,000 to 1,000,000 payouts.
 * `npm run bench -- webhooks [--quick]`: 100,000 deliveries. `npm run bench -- console [--quick]`: ten minutes of one page. Exit code
 * 0, or 1 after an error or if one of these four misses a budget.
 */

import { writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { MockBank } from '../bank.ts';
import { run } from '../command.ts';
import { withService } from '../service.ts';
import { BILL_NOTES, billRow, type Operation, unitRows, usageRow } from './bill.ts';
import { CALIBRATION_NOTES, calibrate, type Limits, limitsRow } from './calibration.ts';
import { CODECS_NOTES, measureCodecs } from './codecs.ts';
import { CONSOLE_NOTES, consoleBudgets, consoleRow, interactionRows, measureConsole } from './console.ts';
import { median } from './measure.ts';
import { benchOrders, ORDERS_NOTES, orderOperation, ordersBudgets, ordersRow } from './orders.ts';
import { measurePayouts, PAYOUTS_NOTES, startUp } from './payouts.ts';
import { measureRecovery, RECOVERY_NOTES, recoveryBudgets, recoveryRows } from './recovery.ts';
import { againstBudgets, type line, medianRow, payoutOperations } from './report.ts';
import {
  measureSettlement,
  rowOperations,
  SETTLEMENT_NOTES,
  type SettlementMeasured,
  settlementBudgets,
  settlementRow,
} from './settlement.ts';
import { measureSustained, SUSTAINED_NOTES, sustainedBudgets, sustainedTables } from './sustained.ts';
import { measureUpload, UPLOADS_NOTES, type UploadMeasured, uploadRow, uploadsBudgets } from './uploads.ts';
import { benchWallets, paymentOperation, WALLETS_NOTES, walletsBudgets, walletsRow } from './wallets.ts';
import { measureWebhooks, WEBHOOKS_NOTES, webhooksBudgets, webhooksRow } from './webhooks.ts';
import {
  benchWithdrawals,
  WITHDRAWALS_NOTES,
  withdrawalOperations,
  withdrawalsBudgets,
  withdrawalsRow,
} from './withdrawals.ts';

/** The measurements of a domain. */
type Section = {
  readonly tables: readonly (readonly object[])[];
  readonly budgets: readonly ReturnType<typeof line>[];
  readonly notes: string;
  /** Its costs on AWS. */
  readonly operations: readonly Operation[];
  /** More than the tables show, for --json. */
  readonly measured?: unknown;
};

type Options = { readonly quick: boolean; readonly scale: number };

async function payouts({ quick }: Options, limits: Limits): Promise<Section> {
  const [sizes, runs, starts] = quick ? [[100, 1_000], 1, 1] : [[100, 1_000, 5_000], 3, 5];
  const startSeconds: number[] = [];
  while (startSeconds.length < starts) startSeconds.push(await startUp());
  const { series, memory } = await measurePayouts(sizes, runs);
  const budgets = againstBudgets(series, median(startSeconds));
  const operations = payoutOperations(series);
  return { tables: [series.map((one) => medianRow(one, limits)), memory], budgets, notes: PAYOUTS_NOTES, operations };
}

async function settlement({ quick }: Options, limits: Limits): Promise<Section> {
  const [sizes, runs] = quick ? [[10_000, 100_000], 3] : [[10_000, 100_000, 1_000_000], 5];
  const measured: SettlementMeasured[] = [];
  for (const rows of sizes) {
    measured.push(await measureSettlement(rows, runs));
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  return {
    tables: [measured.map((one) => settlementRow(one, limits))],
    budgets: settlementBudgets(measured),
    notes: SETTLEMENT_NOTES,
    operations: rowOperations(measured),
  };
}

async function orders({ quick }: Options, limits: Limits): Promise<Section> {
  return withService(async (service) => {
    const at = await service.start();
    const measured = await benchOrders(at, quick ? 3 : 9);
    const [budgets, operations] = [ordersBudgets(measured), await orderOperation(at)];
    return { tables: [[ordersRow(measured, limits)]], budgets, notes: ORDERS_NOTES, operations };
  });
}

async function wallets({ quick }: Options, limits: Limits): Promise<Section> {
  const measured = await withService(async (service) => benchWallets(await service.start(), quick));
  const [budgets, operations] = [walletsBudgets(measured), paymentOperation(measured)];
  return { tables: [measured.map((one) => walletsRow(one, limits))], budgets, notes: WALLETS_NOTES, operations };
}

async function withdrawals({ quick }: Options, limits: Limits): Promise<Section> {
  const measured = await withService(async (service) => benchWithdrawals(await service.start(), quick));
  const [budgets, operations] = [withdrawalsBudgets(measured), withdrawalOperations(measured)];
  return {
    tables: [measured.map((one) => withdrawalsRow(one, limits))],
    budgets,
    notes: WITHDRAWALS_NOTES,
    operations,
  };
}

async function webhooks({ quick }: Options, limits: Limits): Promise<Section> {
  const many = quick ? 2_000 : 100_000;
  const measured = await withService(async (service) => measureWebhooks(await service.start(), many));
  return {
    tables: [[webhooksRow(measured, limits)]],
    budgets: webhooksBudgets(measured),
    notes: WEBHOOKS_NOTES,
    operations: [{ operation: 'webhook, sent', many: measured.deliveries, counts: measured.sent }],
  };
}

async function recovery({ quick }: Options): Promise<Section> {
  const measured = await measureRecovery(quick ? 20_000 : 1_000_000);
  return {
    tables: [recoveryRows(measured)],
    budgets: recoveryBudgets(measured),
    notes: RECOVERY_NOTES,
    operations: [],
  };
}

async function codecs({ quick }: Options): Promise<Section> {
  return { tables: [measureCodecs(quick ? 3 : 9)], budgets: [], notes: CODECS_NOTES, operations: [] };
}

async function sustained({ scale }: Options, limits: Limits): Promise<Section> {
  const measured = await measureSustained(scale, limits);
  const notes = measured.verified.clean ? SUSTAINED_NOTES : `${measured.verified.text}\n${SUSTAINED_NOTES}`;
  return { tables: sustainedTables(measured), budgets: sustainedBudgets(measured), notes, operations: [] };
}

async function uploads({ quick, scale }: Options, limits: Limits): Promise<Section> {
  const sizes = (quick ? [1_000, 10_000] : [10_000, 100_000, 1_000_000]).map((size) => Math.ceil(size * scale));
  const measured: UploadMeasured[] = [];
  for (const size of sizes) {
    measured.push(await measureUpload(size));
    process.stderr.write('.');
  }
  process.stderr.write('\n');
  return {
    tables: [measured.map((one, index) => uploadRow(one, measured[index - 1], limits))],
    budgets: uploadsBudgets(measured),
    notes: UPLOADS_NOTES,
    operations: [],
    measured,
  };
}

/** The batch is paid for about as long as the page is watched: at most 32 payouts are in flight. */
async function consolePage({ quick }: Options): Promise<Section> {
  const measured = await withService(async (service) => {
    const at = await service.start();
    await new MockBank(at).setMode({ mode: 'latency', latency_ms: [1_400, 1_700] });
    return measureConsole(at, quick ? 1 : 10);
  });
  const budgets = consoleBudgets(measured);
  const tables = [interactionRows(measured), [consoleRow(measured)]];
  return { tables, budgets, notes: CONSOLE_NOTES, operations: [], measured };
}

const SECTIONS = {
  ...{ payouts, settlement, orders, wallets, withdrawals, webhooks, recovery, codecs, sustained, uploads },
  console: consolePage,
};
/** They take long, so they run only when they are named; a budget that they miss is an error. */
const ONLY_BY_NAME: readonly Name[] = ['sustained', 'uploads', 'webhooks', 'console'];
type Name = keyof typeof SECTIONS;

function readCommandLine() {
  const { values, positionals } = parseArgs({
    options: {
      quick: { type: 'boolean', default: false },
      scale: { type: 'string', default: '1' },
      json: { type: 'string' },
    },
    allowPositionals: true,
  });
  const names = Object.keys(SECTIONS) as Name[];
  const unknown = positionals.find((name) => !names.includes(name as Name));
  if (unknown !== undefined) throw new Error(`Unknown section ${unknown}. Use ${names.join(', ')}.`);
  const scale = Number(values.scale);
  if (!(scale > 0 && scale <= 1)) throw new Error('--scale is a number above 0, at most 1.');
  const all = names.filter((name) => !ONLY_BY_NAME.includes(name));
  return { ...values, scale, names: positionals.length === 0 ? all : (positionals as Name[]) };
}

async function main(): Promise<number> {
  const { json, names, ...options } = readCommandLine();
  const machine = { node: process.version, cores: availableParallelism(), loadBefore: loadavg().map(Math.round) };
  console.log(`Node ${machine.node}, ${machine.cores} cores, load ${machine.loadBefore.join(' ')} before; medians`);
  const measured: Partial<Record<Name, Section & { readonly limits: Limits }>> = {};
  for (const name of names) {
    const limits = await calibrate();
    const section = await SECTIONS[name](options, limits);
    measured[name] = { limits, ...section };
    console.log(`\n${name}\n`);
    console.table([limitsRow(limits)]);
    for (const table of section.tables) console.table(table);
    if (section.budgets.length > 0) console.table(section.budgets);
    console.log(section.notes);
  }
  const operations = Object.values(measured).flatMap((section) => section.operations);
  if (operations.length > 0) {
    console.log('\nwhat one operation costs on AWS\n');
    console.table(operations.map(usageRow));
    console.table(operations.map(billRow));
    console.table(operations.flatMap(unitRows));
    console.log(BILL_NOTES);
  }
  console.log(CALIBRATION_NOTES);
  if (json) writeFileSync(json, `${JSON.stringify({ machine, ...measured }, null, 2)}\n`);
  const judged = ONLY_BY_NAME.flatMap((name) => measured[name]?.budgets ?? []);
  return judged.some(({ kept }) => kept === 'NO') ? 1 : 0;
}

await run(main, () => 1);
