import { ofThisRequest } from '../events/index.ts';
import { orNotFound } from '../kernel/errors.ts';
import type { Unit } from '../kernel/money.ts';
import { retryWhileContended } from '../kernel/optimistic-retry.ts';
import { balancesAt, type UserId, type Wallet } from '../ledger/index.ts';
import { walletOpened } from './payment-events.ts';
import type { WalletDeps } from './ports.ts';

type Opened = { readonly wallet: Wallet; readonly isNew: boolean };

/**
 * Creates a wallet, or adds a currency to an existing one. It is idempotent by the user's id.
 * @throws AppError RATE_LIMITED
 */
export function openWallet(
  deps: WalletDeps,
  { userId, currency }: { userId: UserId; currency: Unit },
): Promise<Opened> {
  const caused = ofThisRequest(deps);
  const companion = () => deps.wallets.toOpen(walletOpened(caused, { userId, currency }));
  return retryWhileContended(deps, async (): Promise<Opened | undefined> => {
    const wallet = await deps.ledger.read(userId);
    if (!wallet) {
      const createdAt = new Date(deps.now()).toISOString();
      const opened = { userId, balances: new Map([[currency, 0n]]), seq: 0, createdAt };
      const made = await deps.ledger.insert(opened, companion());
      return made.inserted ? { wallet: made.wallet, isNew: true } : undefined;
    }
    if (wallet.balances.has(currency)) return { wallet, isNew: false };
    const after = { ...wallet, balances: new Map([...wallet.balances, [currency, 0n]]) };
    const written = await deps.ledger.open(wallet, after, companion());
    return written.kind === 'done' ? { wallet: after, isNew: false } : undefined;
  });
}

/** @throws AppError NOT_FOUND */
export async function readWallet({ ledger }: WalletDeps, userId: UserId): Promise<Wallet> {
  return orNotFound(await ledger.read(userId), `There is no wallet of "${userId}".`);
}

/** The wallet with what it held at this time: the sum of its entries until then. @throws AppError NOT_FOUND, VALIDATION_ERROR */
export async function readWalletAt(deps: WalletDeps, userId: UserId, at: string): Promise<Wallet> {
  const wallet = await readWallet(deps, userId);
  return { ...wallet, balances: await balancesAt(deps.ledger, wallet, at) };
}
