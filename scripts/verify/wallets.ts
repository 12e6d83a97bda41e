import pMap from 'p-map';
import { parsePaymentId } from '../../lib/wallets/ids.ts';
import type { MockBank } from '../bank.ts';
import { Unexpected } from '../endpoints.ts';
import { countsOf, type Findings, many, type Scope } from './examination.ts';
import { lastingDifferences } from './looks.ts';
import { differencesInSums, formatBalance, trialBalance } from './trial-balance.ts';
import type { Books } from './wallets-books.ts';
import {
  type Charge,
  differencesInAccount,
  differencesInCase,
  differencesInTotals,
  SUMS_CHECK,
  WALLETS_CHECKS,
  type WalletsDifference,
} from './wallets-checks.ts';
import { WalletsTable } from './wallets-table.ts';

const PARALLEL_LOOKUPS = { concurrency: 8 };
const PENDING_SHOWN = 5;

/** The differences of one look, and the users and payments to read again. */
type Suspects = {
  readonly differences: readonly WalletsDifference[];
  readonly users: ReadonlySet<string>;
  readonly ids: ReadonlySet<string>;
};
type Charges = Map<string, Charge>;

/** Everything, or one wallet with its payments, or one payment with the wallet that pays. All of it is held in memory. */
export async function examineWallets(scope: Scope): Promise<Findings> {
  const { tables, bank, id, onProgress } = scope;
  const table = new WalletsTable(tables);
  const books = id === undefined ? await table.readAll(onProgress) : await table.readOne(id);
  const { charges, stray } = await readCharges(bank, id === undefined ? undefined : [...books.cases.keys()]);
  const differences = await differencesIn(table, bank, books, charges);
  const balance = trialBalance(books, charges);
  const payments = [...books.cases.values()].flatMap(({ payment }) => payment ?? []);
  if (
    id !== undefined &&
    differences.length === 0 &&
    !books.accounts.get(id)?.wallet &&
    !books.cases.get(id)?.payment
  ) {
    throw new Unexpected(`There is no wallet or payment ${id}.`);
  }
  const unreadable = books.unreadable.map(
    (message): WalletsDifference => ({ check: 'readable', id: message, message }),
  );
  const isWhole = id === undefined;
  return {
    examined: `${many(books.accounts.size, 'wallet')}, ${many(payments.length, 'payment')}${countsOf(payments.map(({ status }) => status))}`,
    checks: isWhole ? { ...WALLETS_CHECKS, ...SUMS_CHECK } : WALLETS_CHECKS,
    differences: [...unreadable, ...differences, ...stray, ...(isWhole ? differencesInSums(balance) : [])],
    skipped: bank ? [] : ['gateway'],
    notes: [...(isWhole ? formatBalance(balance) : []), ...pendingNotes(books, charges, scope.now())],
  };
}

/** @param ids the payments to ask about; without it, everything that the gateway charged */
async function readCharges(gateway: MockBank | undefined, ids?: readonly string[]) {
  if (!gateway) return { charges: undefined, stray: [] };
  const charges: Charges = new Map();
  if (ids) {
    await pMap(ids, (id) => lookUpCharge(gateway, id, charges), PARALLEL_LOOKUPS);
    return { charges, stray: [] };
  }
  const totals = await gateway.chargedTotals();
  for (const row of await gateway.instructions('pay_')) {
    if (parsePaymentId(row.instruction)) charges.set(row.instruction, row);
  }
  return { charges, stray: differencesInTotals(totals, charges.values()) };
}

/** Compares everything, and reads again what differs. Updates `books` and `charges`. */
async function differencesIn(
  table: WalletsTable,
  gateway: MockBank | undefined,
  books: Books,
  charges: Charges | undefined,
): Promise<readonly WalletsDifference[]> {
  let suspects: Suspects | undefined;
  return lastingDifferences(async () => {
    if (suspects) {
      const { ids, users } = suspects;
      const seenBy = new Map([...ids].map((id) => [id, books.cases.get(id)?.users ?? []]));
      books.replace(ids, await table.readAgain(seenBy, users));
      // The gateway after the payments: it charged a payment before the payment was approved.
      if (gateway && charges) await pMap(ids, (id) => lookUpCharge(gateway, id, charges), PARALLEL_LOOKUPS);
    }
    suspects = suspectsIn(books, charges);
    return suspects.differences;
  });
}

function suspectsIn(books: Books, charges: Charges | undefined): Suspects {
  const differences: WalletsDifference[] = [];
  const [users, ids] = [new Set<string>(), new Set<string>()];
  const suspect = (found: readonly WalletsDifference[], among: Set<string>, id: string) => {
    if (found.length > 0) among.add(id);
    differences.push(...found);
  };
  for (const [userId, account] of books.accounts) suspect(differencesInAccount(userId, account), users, userId);
  for (const id of new Set([...books.cases.keys(), ...(charges?.keys() ?? [])])) {
    const one = books.cases.get(id) ?? { payment: undefined, entries: [] };
    const found = differencesInCase(id, one, charges?.get(id));
    suspect(charges ? found : found.filter(({ check }) => check !== 'gateway'), ids, id);
  }
  return { differences, users, ids };
}

async function lookUpCharge(gateway: MockBank, id: string, charges: Charges): Promise<void> {
  const charge = (await gateway.instructions(id)).find(({ instruction }) => instruction === id);
  if (charge) charges.set(id, charge);
}

/** The payments that are pending for the longest time. A pending payment is no fault: the sweeper resolves it. */
function pendingNotes({ cases }: Books, charges: Charges | undefined, now: number): string[] {
  const pending = [...cases.values()].flatMap(({ payment }) => (payment?.status === 'PENDING' ? payment : []));
  pending.sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  const oldest = pending.slice(0, PENDING_SHOWN).map(({ id, userId, money, createdAt }) => {
    const seconds = Math.round((now - Date.parse(createdAt)) / 1_000);
    const charged = charges ? `, ${(charges.get(id)?.moves ?? 0) > 0 ? 'charged' : 'not charged'}` : '';
    return `payment ${id} is PENDING since ${seconds} s: ${money.minor} ${money.currency} of ${userId}${charged}`;
  });
  return pending.length > PENDING_SHOWN ? [...oldest, `${pending.length} payments are PENDING in all`] : oldest;
}
