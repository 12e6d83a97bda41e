/**
 * `npm run audit:wallets [-- --stage local]`: rebuilds every balance from the journal, and compares payments with the
 * gateway's own ledger. Read-only. Exit code 0 if everything agrees, 1 if not, 2 if that cannot be said.
 *
 * It may run while payments are made: what looks wrong is read again, by itself, before it is reported. All of the journal
 * is held in memory.
 */

import { parseArgs } from 'node:util';
import { awsOf } from '../aws.ts';
import { Client, endpointsOf } from '../client.ts';
import { withBar } from '../verify/progress.ts';
import { Tables } from '../verify/tables.ts';
import { lines } from '../verify/tell.ts';
import type { Books } from './books.ts';
import { CHECKS, type Charge } from './checks.ts';
import { examine } from './examination.ts';
import { WalletsTable } from './table.ts';
import { trialBalance } from './trial-balance.ts';

const MOST_TOLD = 5;

function summary({ accounts, cases }: Books): string {
  const counts = new Map<string, number>();
  for (const { payment } of cases.values()) {
    if (payment) counts.set(payment.status, (counts.get(payment.status) ?? 0) + 1);
  }
  const lines = [...accounts.values()].reduce((sum, account) => sum + account.lines.length, 0);
  const payments = [...counts].sort().map(([status, many]) => `${many} ${status}`);
  const of = payments.length > 0 ? `: ${payments.join(', ')}` : '';
  return `${accounts.size} wallets with ${lines} lines, ${cases.size} payments${of}`;
}

/** Those that wait longest first. They are no difference: whoever asks next concludes them. */
function tellPending({ cases }: Books, charges: ReadonlyMap<string, Charge>): void {
  const pending = [...cases.values()].flatMap(({ payment }) => (payment?.status === 'PENDING' ? payment : []));
  if (pending.length === 0) return;
  console.log(`\n${pending.length} payments are PENDING: what the gateway made of them is not yet known here.`);
  pending.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  for (const { id, userId, money, createdAt } of pending.slice(0, MOST_TOLD)) {
    const seconds = Math.round((Date.now() - Date.parse(createdAt)) / 1_000);
    const charged = (charges.get(id)?.moves ?? 0) > 0 ? 'charged' : 'not charged';
    console.log(`        ${id}: ${money.minor} ${money.currency} of ${userId}, for ${seconds} s, ${charged} so far`);
  }
  if (pending.length > MOST_TOLD) console.log(`        and ${pending.length - MOST_TOLD} more`);
}

/** As text: a table of numbers would have to round. */
function tellSums(books: Books, charges: ReadonlyMap<string, Charge>): void {
  const rows = [...trialBalance(books, charges)].sort().map(([currency, sums]) => {
    const columns = Object.entries(sums).map(([column, amount]) => [column, `${amount}`]);
    return [currency, Object.fromEntries(columns)];
  });
  if (rows.length > 0) console.table(Object.fromEntries(rows));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { stage: { type: 'string', default: 'local' } } });
  const at = endpointsOf();
  const tables = new Tables(awsOf(at), values.stage);
  const table = new WalletsTable(tables);
  try {
    const books = await withBar('wallets', (onProgress) => table.readAll(onProgress));
    const { differences, charges } = await examine(table, new Client(at), books);
    console.log(`${summary(books)}.\n`);
    tellSums(books, charges);
    for (const [name, sentence] of Object.entries(CHECKS)) {
      const found = differences.filter(({ check }) => check === name).map(({ says }) => says);
      for (const line of lines(sentence, found, MOST_TOLD)) console.log(line);
    }
    tellPending(books, charges);
    if (differences.length === 0) console.log('\nAll of it agrees, to the last minor unit.');
    else console.log(`\n${differences.length} differences.`);
    process.exitCode = differences.length === 0 ? 0 : 1;
  } finally {
    tables.close();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
