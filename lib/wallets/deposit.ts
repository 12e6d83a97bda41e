import { ofThisRequest } from '../events/index.ts';
import { invariant } from '../kernel/errors.ts';
import type { IdempotencyKey, Known } from '../kernel/idempotency.ts';
import type { Money, Unit } from '../kernel/money.ts';
import { type Line, post, postToWallet, type UserId } from '../ledger/index.ts';
import { depositEntry } from './entries.ts';
import { depositId } from './ids.ts';
import { readWallet } from './open-wallet.ts';
import { depositCreated } from './payment-events.ts';
import type { WalletDeps } from './ports.ts';

type Deposited = { readonly kind: 'deposited'; readonly line: Line };

/**
 * Puts money into a wallet. A currency that is new to the wallet is added to it.
 * @throws AppError NOT_FOUND, IDEMPOTENCY_MISMATCH, RATE_LIMITED
 */
export async function deposit(
  deps: WalletDeps,
  request: { readonly userId: UserId; readonly money: Money<Unit> },
  key: IdempotencyKey,
): Promise<{ line: Line; replayed: boolean }> {
  const { userId, money } = request;
  const keyed = { scope: `deposit:${userId}`, key, request };
  const id = depositId(deps.newId());
  const caused = ofThisRequest(deps);
  const result = await postToWallet<Known | Deposited>(deps, userId, async () => ({
    wallet: await readWallet(deps, userId),
    propose(wallet) {
      const posted = post(wallet, depositEntry(id, userId, money, new Date(deps.now()).toISOString()));
      const companion = deps.wallets.toDeposit(posted, keyed, depositCreated(caused, id, userId, money));
      return { posted, companion, result: { kind: 'deposited', line: posted.line } };
    },
  }));
  if (result.kind === 'deposited') return { line: result.line, replayed: false };
  const line = await deps.ledger.line(userId, Number(result.resource));
  invariant(line, 'an entry is never deleted, and stored together with its key');
  return { line, replayed: true };
}
