import { setTimeout } from 'node:timers/promises';
import pMap from 'p-map';
import { parsePaymentId } from '../../lib/wallets/ids.ts';
import type { Client } from '../client.ts';
import type { Books } from './books.ts';
import { type Charge, type Difference, differencesOfAccount, differencesOfCase, strayCharges } from './checks.ts';
import type { WalletsTable } from './table.ts';
import { differencesInSums, trialBalance } from './trial-balance.ts';

/** A payment that changes in the middle of one look has come to rest at the next. */
const LOOKS = 4;
const PAUSE_MS = 500;

export type Examined = { readonly differences: readonly Difference[]; readonly charges: ReadonlyMap<string, Charge> };

/** Compares all there is, looks again at what differs, and reports what differs still. `books` are brought up to date. */
export async function examine(table: WalletsTable, gateway: Client, books: Books): Promise<Examined> {
  const totals = await gateway.chargedTotals();
  const rows = (await gateway.instructions('pay_')).filter(({ instruction }) => parsePaymentId(instruction));
  const charges = new Map(rows.map((row): [string, Charge] => [row.instruction, row]));
  const stray = strayCharges(totals, charges.values());
  let suspects = suspectsIn(books, charges);
  for (let look = 1; look < LOOKS && suspects.differences.length > 0; look += 1) {
    await setTimeout(PAUSE_MS);
    const ids = new Map([...suspects.ids].map((id) => [id, books.cases.get(id)?.users ?? []]));
    books.replace(suspects.ids, await table.readAgain(ids, suspects.users));
    await pMap(suspects.ids, (id) => askAgain(gateway, id, charges), { concurrency: 8 });
    suspects = suspectsIn(books, charges);
  }
  const unreadable = books.unreadable.map((says): Difference => ({ check: 'readable', says }));
  const sums = differencesInSums(trialBalance(books, charges));
  return { charges, differences: [...unreadable, ...suspects.differences, ...stray, ...sums] };
}

function suspectsIn(books: Books, charges: ReadonlyMap<string, Charge>) {
  const differences: Difference[] = [];
  const [users, ids] = [new Set<string>(), new Set<string>()];
  const suspect = (found: readonly Difference[], among: Set<string>, id: string) => {
    if (found.length > 0) among.add(id);
    differences.push(...found);
  };
  for (const [userId, account] of books.accounts) suspect(differencesOfAccount(userId, account), users, userId);
  for (const id of new Set([...books.cases.keys(), ...charges.keys()])) {
    const one = books.cases.get(id) ?? { payment: undefined, entries: [] };
    suspect(differencesOfCase(id, one, charges.get(id)), ids, id);
  }
  return { differences, users, ids };
}

/** After the payment was read again: what is approved was charged before. */
async function askAgain(gateway: Client, id: string, charges: Map<string, Charge>): Promise<void> {
  const charge = (await gateway.instructions(id)).find(({ instruction }) => instruction === id);
  if (charge) charges.set(id, charge);
}
