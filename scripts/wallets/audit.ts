/**
 * `npm run audit:wallets [-- --stage local]`: rebuilds every balance from the journal, and compares payments with the
 * gateway's own ledger. Read-only. Exit code 0 if everything agrees, 1 if not, 2 if that cannot be said.
 *
 * It may run while payments are made: what looks wrong is read once more, by itself, before it is reported.
 */

import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { awsOf } from '../aws.ts';
import { Client, endpointsOf } from '../client.ts';
import { type Books, WalletsTable } from './books.ts';
import {
  CHECKS,
  type Charge,
  type CheckName,
  type Difference,
  differencesOfAccount,
  differencesOfCase,
} from './checks.ts';

const MOST_TOLD = 5;
const ATTEMPTS = 3;

/** Looks again at what differs: a payment that has moved on in between agrees the next time. */
async function confirmed(first: Difference[], again: () => Promise<Difference[]>): Promise<Difference[]> {
  let found = first;
  for (let attempt = 1; found.length > 0 && attempt < ATTEMPTS; attempt += 1) found = await again();
  return found;
}

async function differencesIn(table: WalletsTable, bank: Client, books: Books): Promise<Difference[]> {
  const charges = new Map((await bank.instructions('pay_')).map((row): [string, Charge] => [row.instruction, row]));
  const found: Difference[] = [];
  for (const [userId, account] of books.accounts) {
    const again = async () => differencesOfAccount(userId, await table.account(userId));
    found.push(...(await confirmed(differencesOfAccount(userId, account), again)));
  }
  for (const id of new Set([...books.cases.keys(), ...charges.keys()])) {
    const first = books.cases.get(id) ?? { payment: undefined, entries: [] };
    const again = async () => {
      const now = await table.case(id);
      const [charge] = await bank.instructions(id);
      return differencesOfCase(id, now, charge);
    };
    found.push(...(await confirmed(differencesOfCase(id, first, charges.get(id)), again)));
  }
  return found;
}

async function readWithBar(table: WalletsTable): Promise<Books> {
  const bar = new SingleBar({ format: 'Reading {value} items', hideCursor: true, clearOnComplete: true });
  bar.start(1, 0);
  try {
    return await table.readAll((items) => bar.update(items));
  } finally {
    bar.stop();
  }
}

function tell(name: CheckName, differences: readonly Difference[]): void {
  console.log(`${differences.length === 0 ? 'ok  ' : 'FAIL'}  ${CHECKS[name]}`);
  for (const { says } of differences.slice(0, MOST_TOLD)) console.log(`        ! ${says}`);
  if (differences.length > MOST_TOLD) console.log(`        ! and ${differences.length - MOST_TOLD} more`);
}

function summary({ accounts, cases }: Books): string {
  const counts = new Map<string, number>();
  for (const { payment } of cases.values()) {
    if (payment) counts.set(payment.status, (counts.get(payment.status) ?? 0) + 1);
  }
  const payments = [...counts].sort().map(([status, many]) => `${many} ${status}`);
  return `${accounts.size} wallets, ${cases.size} payments${payments.length > 0 ? `: ${payments.join(', ')}` : ''}`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { stage: { type: 'string', default: 'local' } } });
  const at = endpointsOf();
  const table = new WalletsTable(awsOf(at), `sluice-${values.stage}-wallets`);
  try {
    const books = await readWithBar(table);
    const differences = await differencesIn(table, new Client(at), books);
    console.log(`${summary(books)}.\n`);
    for (const name of Object.keys(CHECKS) as CheckName[]) {
      tell(
        name,
        differences.filter(({ check }) => check === name),
      );
    }
    const open = [...books.cases.values()].filter(({ payment }) => payment?.status === 'PENDING').length;
    if (open > 0) console.log(`\n${open} payments are PENDING: what the gateway made of them is not yet known here.`);
    if (differences.length === 0) console.log('\nAll of it agrees, to the last minor unit.');
    else console.log(`\n${differences.length} differences.`);
    process.exitCode = differences.length === 0 ? 0 : 1;
  } finally {
    table.close();
  }
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
