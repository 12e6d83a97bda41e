import { invariant } from '../kernel/errors.ts';
import type { Unit } from '../kernel/money.ts';
import type { UserId } from './ids.ts';
import { type Entry, effectOn, walletAccount } from './journal.ts';

export type Balances = ReadonlyMap<Unit, bigint>;

/**
 * A user's wallet as its entries have made it. `seq` counts them: each entry is written on condition that it is the
 * next one, so a statement has no gaps, and a balance is never computed from one that is out of date.
 */
export type Wallet = {
  readonly userId: UserId;
  /** In minor units. A currency is listed once it was opened or deposited, also at zero. */
  readonly balances: Balances;
  readonly seq: number;
  readonly createdAt: string;
};

/** An entry in its place on a wallet's statement. */
export type Line = {
  readonly seq: number;
  readonly entry: Entry;
  readonly currency: Unit;
  /** What the entry did to the wallet, and what it left there. */
  readonly amount: bigint;
  readonly balanceAfter: bigint;
};

/** A wallet before and after an entry. */
export type Posted = { readonly before: Wallet; readonly after: Wallet; readonly line: Line };

export function balanceOf({ balances }: Wallet, currency: Unit): bigint {
  return balances.get(currency) ?? 0n;
}

/** @throws InvariantError if the entry would take what is not there: whoever posts has looked before */
export function post(wallet: Wallet, entry: Entry): Posted {
  const effect = [...effectOn(walletAccount(wallet.userId), entry)];
  invariant(effect.length === 1, `${entry.id} moves one currency of the wallet that it is posted to`);
  const [currency, amount] = effect[0] as [Unit, bigint];
  const balanceAfter = balanceOf(wallet, currency) + amount;
  invariant(balanceAfter >= 0n, `no balance goes below zero, as ${entry.id} would have it`);
  const after = {
    ...wallet,
    seq: wallet.seq + 1,
    balances: new Map([...wallet.balances, [currency, balanceAfter]]),
  };
  return { before: wallet, after, line: { seq: after.seq, entry, currency, amount, balanceAfter } };
}
