import { AppError, contended } from '../kernel/errors.ts';
import type { Unit } from '../kernel/money.ts';
import type { UserId } from './ids.ts';
import type { Stale, WalletDeps } from './ports.ts';
import { postToWallet } from './post-to-wallet.ts';
import type { Wallet } from './wallet.ts';

type Opened = { readonly kind: 'opened'; readonly wallet: Wallet; readonly isNew: boolean };

/**
 * Makes a wallet, or lists another currency in the one that there is. The user's id is all the idempotency it needs.
 * @throws AppError RATE_LIMITED
 */
export async function openWallet(
  deps: WalletDeps,
  { userId, currency }: { userId: UserId; currency: Unit },
): Promise<{ wallet: Wallet; isNew: boolean }> {
  const opened = await postToWallet(deps, userId, async (found): Promise<Opened | Stale> => {
    const wallet = found ?? (await deps.wallets.read(userId));
    if (!wallet) {
      const createdAt = new Date(deps.now()).toISOString();
      const made = await deps.wallets.insert({ userId, balances: new Map([[currency, 0n]]), seq: 0, createdAt });
      return made.inserted
        ? { kind: 'opened', wallet: made.wallet, isNew: true }
        : { kind: 'stale', wallet: made.wallet };
    }
    if (wallet.balances.has(currency)) return { kind: 'opened', wallet, isNew: false };
    const after = { ...wallet, seq: wallet.seq, balances: new Map([...wallet.balances, [currency, 0n]]) };
    const written = await deps.wallets.open(wallet, after);
    return written.kind === 'done' ? { kind: 'opened', wallet: after, isNew: false } : written;
  });
  if (!opened) throw contended();
  return opened;
}

/** @throws AppError NOT_FOUND */
export async function readWallet({ wallets }: WalletDeps, userId: UserId): Promise<Wallet> {
  const wallet = await wallets.read(userId);
  if (!wallet) throw new AppError('NOT_FOUND', { message: `There is no wallet of "${userId}".` });
  return wallet;
}
