import pMap from 'p-map';
import { parsePaymentId } from '../../lib/wallets/ids.ts';
import type { Client } from '../client.ts';
import { whatStays } from '../verify/looks.ts';
import type { Books } from './books.ts';
import { type Charge, type Difference, differencesOfAccount, differencesOfCase, strayCharges } from './checks.ts';
import type { WalletsTable } from './table.ts';
import { differencesInSums, trialBalance } from './trial-balance.ts';

export type Examined = { readonly differences: readonly Difference[]; readonly charges: ReadonlyMap<string, Charge> };

/**
 * Compares all there is, looks again at what differs, and reports what differs still. `books` are brought up to date.
 * @param gateway without one, what was charged is not known, and nothing is said of it
 */
export async function examine(table: WalletsTable, gateway: Client | undefined, books: Books): Promise<Examined> {
  const totals = (await gateway?.chargedTotals()) ?? new Map<string, bigint>();
  const rows = (await gateway?.instructions('pay_')) ?? [];
  const ofPayments = rows.filter(({ instruction }) => parsePaymentId(instruction));
  const charges = gateway && new Map(ofPayments.map((row): [string, Charge] => [row.instruction, row]));
  const stray = strayCharges(totals, charges?.values() ?? []);
  const lookAgain = async ({ ids, users }: Suspects) => {
    const seenBy = new Map([...ids].map((id) => [id, books.cases.get(id)?.users ?? []]));
    books.replace(ids, await table.readAgain(seenBy, users));
    if (gateway && charges) await pMap(ids, (id) => askAgain(gateway, id, charges), { concurrency: 8 });
  };
  let suspects = NOBODY;
  const differences = await whatStays(async () => {
    if (suspects !== NOBODY) await lookAgain(suspects);
    suspects = suspectsIn(books, charges);
    return suspects.differences;
  });
  const unreadable = books.unreadable.map((says): Difference => ({ check: 'readable', id: says, says }));
  const sums = differencesInSums(trialBalance(books, charges));
  return { charges: charges ?? new Map(), differences: [...unreadable, ...differences, ...stray, ...sums] };
}

/** What differs at one look, and the users and payments that are to be read again for it. */
type Suspects = {
  readonly differences: readonly Difference[];
  readonly users: ReadonlySet<string>;
  readonly ids: ReadonlySet<string>;
};
const NOBODY: Suspects = { differences: [], users: new Set(), ids: new Set() };

function suspectsIn(books: Books, charges: ReadonlyMap<string, Charge> | undefined): Suspects {
  const differences: Difference[] = [];
  const [users, ids] = [new Set<string>(), new Set<string>()];
  const suspect = (found: readonly Difference[], among: Set<string>, id: string) => {
    if (found.length > 0) among.add(id);
    differences.push(...found);
  };
  for (const [userId, account] of books.accounts) suspect(differencesOfAccount(userId, account), users, userId);
  for (const id of new Set([...books.cases.keys(), ...(charges?.keys() ?? [])])) {
    const one = books.cases.get(id) ?? { payment: undefined, entries: [] };
    const found = differencesOfCase(id, one, charges?.get(id));
    suspect(charges ? found : found.filter(({ check }) => check !== 'gateway'), ids, id);
  }
  return { differences, users, ids };
}

/** After the payment was read again: what is approved was charged before. */
async function askAgain(gateway: Client, id: string, charges: Map<string, Charge>): Promise<void> {
  const charge = (await gateway.instructions(id)).find(({ instruction }) => instruction === id);
  if (charge) charges.set(id, charge);
}
