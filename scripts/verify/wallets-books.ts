import type { Item } from '../../lib/kernel/codec.ts';
import type { Entry } from '../../lib/ledger/entry.ts';
import { entryOfItem, LINES, lineOf, walletOf } from '../../lib/ledger/items.ts';
import type { Line, Wallet } from '../../lib/ledger/wallet.ts';
import { paymentOf } from '../../lib/wallets/items.ts';
import type { Payment } from '../../lib/wallets/payment.ts';
import { withdrawalOf } from '../../lib/withdrawals/items.ts';
import type { Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { attempt } from './difference.ts';

/** A wallet and its statement. */
export type Account = { readonly wallet: Wallet | undefined; readonly lines: readonly Line[] };
/** A payment and every entry that names it. */
export type Case = { readonly payment: Payment | undefined; readonly entries: readonly Entry[] };

type OpenAccount = { wallet: Wallet | undefined; lines: Line[] };
/** `users`: whose statements have these entries. */
type OpenCase = { payment: Payment | undefined; entries: Entry[]; users: string[] };

/** The entry that the withdrawal has in itself. */
export const capturesOf = (withdrawal: Withdrawal): Entry[] =>
  withdrawal.status === 'COMPLETED' && withdrawal.capture ? [withdrawal.capture] : [];

/** The wallets table by user, by payment and by withdrawal. */
export class Books {
  readonly accounts = new Map<string, OpenAccount>();
  readonly cases = new Map<string, OpenCase>();
  /** Entries by withdrawal; the withdrawals are in a table of their own. */
  readonly withdrawn = new Map<string, Entry[]>();
  /** The keys of items that cannot be read, with the reasons. */
  readonly unreadable: string[] = [];

  add(item: Item): void {
    const tried = attempt(() => this.#read(item));
    if ('error' in tried) this.unreadable.push(`${item.pk} ${item.sk}: ${tried.error}`);
  }

  /** Of a withdrawal, what its capture moved. `examineWithdrawals` judges the rest, and items that cannot be read. */
  addWithdrawal(item: Item): void {
    const tried = attempt(() => withdrawalOf(item));
    if (!('value' in tried)) return;
    for (const capture of capturesOf(tried.value)) this.#addWithdrawn(tried.value.id, capture);
  }

  #read(item: Item): void {
    const sk = `${item.sk}`;
    const [kind, id = ''] = `${item.pk}`.split(/#(.*)/s);
    if (kind === 'PROVIDER' || kind === 'IDEM') return;
    if (kind === 'WALLET' && sk === 'WALLET') this.account(id).wallet = walletOf(item);
    else if (kind === 'WALLET' && sk.startsWith(LINES)) this.#addLine(id, lineOf(item));
    else if (kind === 'PAYMENT' && sk === 'PAYMENT') this.#addPayment(id, paymentOf(item));
    else if (kind === 'PAYMENT' && sk === 'ENTRY#CAPTURE') this.case(id).entries.push(entryOfItem(item));
    else if (kind === 'WITHDRAWAL' && sk === 'ENTRY#CAPTURE') this.#addWithdrawn(id, entryOfItem(item));
    else throw new Error('unknown kind of item');
  }

  #addPayment(id: string, payment: Payment): void {
    const one = this.case(id);
    one.payment = payment;
    if (payment.status === 'APPROVED' && payment.capture) one.entries.push(payment.capture);
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
    const entries = this.withdrawn.get(id) ?? [];
    this.withdrawn.set(id, entries);
    entries.push(entry);
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

  /** Takes the accounts and these cases from a later reading. */
  replace(ids: Iterable<string>, later: Books): void {
    for (const [userId, account] of later.accounts) this.accounts.set(userId, account);
    for (const id of ids) this.cases.set(id, later.case(id));
  }
}
