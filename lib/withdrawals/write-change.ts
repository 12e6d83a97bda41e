import type { ApprovalWrite } from '../access/index.ts';
import { invariant, undefinedIfContended } from '../kernel/errors.ts';
import { post, postToWallet, type Wallet } from '../ledger/index.ts';
import { captureEntry, releaseEntry } from './entries.ts';
import type { Changed, WithdrawalDeps } from './ports.ts';
import { nextVersion, type Withdrawal } from './withdrawal.ts';
import { eventsOf } from './withdrawal-events.ts';

export type Advanced = { readonly kind: 'done'; readonly withdrawal: Withdrawal };

/**
 * Writes a change of a withdrawal in one transaction with its events, a change of its approval, and its entry: a capture when
 * it is completed, a release when it failed or was rejected. Nothing is written if another writer was first.
 * @throws AppError RATE_LIMITED other writers were first at every try: nothing was written
 */
export async function writeChange(
  deps: WithdrawalDeps,
  before: Withdrawal,
  changedTo: Withdrawal,
  approval?: ApprovalWrite,
): Promise<Advanced | Changed | undefined> {
  const after = captured(nextVersion(before, changedTo, deps.now()));
  const events = eventsOf(deps, before, after);
  const isReleased = after.status === 'FAILED' || after.status === 'REJECTED';
  if (after.source === 'wallet' && isReleased) return release(deps, before, after, { events, approval });
  const written = await deps.withdrawals.advance(before, after, events, { approval });
  return written.kind === 'done' ? { kind: 'done', withdrawal: after } : written;
}

/** A completed withdrawal with the entry that ends its hold. */
function captured(withdrawal: Withdrawal): Withdrawal {
  if (withdrawal.source !== 'wallet' || withdrawal.status !== 'COMPLETED') return withdrawal;
  return { ...withdrawal, capture: captureEntry(withdrawal, withdrawal.updatedAt) };
}

/** @returns undefined if the wallet was too busy: nothing was written */
function release(
  deps: WithdrawalDeps,
  before: Withdrawal,
  after: Withdrawal,
  { events, approval }: { events: ReturnType<typeof eventsOf>; approval: ApprovalWrite | undefined },
): Promise<Advanced | Changed | undefined> {
  const posting = { ...deps, policy: deps.policy.posting };
  return postToWallet<Advanced | Changed>(posting, after.userId, async () => {
    const wallet = await deps.ledger.read(after.userId);
    invariant(wallet, 'a wallet is never deleted');
    const companion = await deps.withdrawals.toAdvance(before, after, events, { approval });
    const propose = (current: Wallet) => {
      const posted = post(current, releaseEntry(after, after.updatedAt));
      return { posted, companion, result: { kind: 'done', withdrawal: after } as const };
    };
    return { wallet, propose };
  }).catch(undefinedIfContended);
}
