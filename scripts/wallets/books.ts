import type { Entry } from '../../lib/ledger/entry.ts';
import { entryOfItem, type Item, LINES, lineOf, walletOf } from '../../lib/ledger/items.ts';
import type { Line, Wallet } from '../../lib/ledger/wallet.ts';
import { paymentOf } from '../../lib/wallets/items.ts';
import type { Payment } from '../../lib/wallets/payment.ts';

/** A wallet and its statement. */
export type Account = { readonly wallet: Wallet | undefined; readonly lines: readonly Line[] };
/** A payment and every entry that names it. */
export type Case = { readonly payment: Payment | undefined; readonly entries: readonly Entry[] };

type OpenAccount = { wallet: Wallet | undefined; lines: Line[] };
/** `users`: on whose statements the entries stand, whatever the payment says. */
type OpenCase = { payment: Payment | undefined; entries: Entry[]; users: string[] };

/** All there is in the table, by user, by payment and by withdrawal. */
export class Books {
  readonly accounts = new Map<string, OpenAccount>();
  readonly cases = new Map<string, OpenCase>();
  /** What was held, captured and released, by withdrawal; the withdrawals themselves lie in a table of their own. */
  readonly withdrawn = new Map<string, Entry[]>();
  /** What is none of the items that wallets are made of: its key, and why. */
  readonly unreadable: string[] = [];

  /** Whatever the item is: an audit that stops at the first broken one names none of the others. */
  add(item: Item): void {
    try {
      this.#read(item);
    } catch (error) {
      this.unreadable.push(`${item.pk} ${item.sk}: ${(error as Error).message}`);
    }
  }

  #read(item: Item): void {
    const sk = `${item.sk}`;
    const [kind, id = ''] = `${item.pk}`.split(/#(.*)/s);
    if (kind === 'PROVIDER' || kind === 'IDEM') return;
    if (kind === 'WALLET' && sk === 'WALLET') this.account(id).wallet = walletOf(item);
    else if (kind === 'WALLET' && sk.startsWith(LINES)) this.#addLine(id, lineOf(item));
    else if (kind === 'PAYMENT' && sk === 'PAYMENT') this.case(id).payment = paymentOf(item);
    else if (kind === 'PAYMENT' && sk === 'ENTRY#CAPTURE') this.case(id).entries.push(entryOfItem(item));
    else if (kind === 'WITHDRAWAL' && sk === 'ENTRY#CAPTURE') this.#addWithdrawn(id, entryOfItem(item));
    else throw new Error('there are no such items');
  }

  #addLine(userId: string, line: Line): void {
    this.account(userId).lines.push(line);
    const { payment_id: paymentId, withdrawal_id: withdrawalId } = line.entry.references;
    if (withdrawalId) this.#addWithdrawn(withdrawalId, line.entry);
    if (!paymentId) return;
    const { entries, users } = this.case(paymentId);
    entries.push(line.entry);
    if (!users.includes(userId)) users.push(userId);
  }

  #addWithdrawn(id: string, entry: Entry): void {
    this.withdrawn.set(id, [...(this.withdrawn.get(id) ?? []), entry]);
  }

  account(userId: string): OpenAccount {
    const account = this.accounts.get(userId) ?? { wallet: undefined, lines: [] };
    this.accounts.set(userId, account);
    return account;
  }

  case(id: string): OpenCase {
    const one = this.cases.get(id) ?? { payment: undefined, entries: [], users: [] };
    this.cases.set(id, one);
    return one;
  }

  /** The accounts and the cases that were looked at again, instead of what was first read of them. */
  replace(ids: Iterable<string>, again: Books): void {
    for (const [userId, account] of again.accounts) this.accounts.set(userId, account);
    for (const id of ids) this.cases.set(id, again.case(id));
  }
}
