import { invariant, undefinedIfContended } from '../kernel/errors.ts';
import { post, postToWallet, type Stale } from '../ledger/index.ts';
import { captureEntry, releaseEntry } from './entries.ts';
import type { Changed, WithdrawalDeps } from './ports.ts';
import { nextVersion, type Withdrawal } from './withdrawal.ts';
import { eventsOf } from './withdrawal-events.ts';

export type Advanced = { readonly kind: 'done'; readonly withdrawal: Withdrawal };

/**
 * Writes what has become of a withdrawal, with all that follows from it: the events, what was held leaving for good when
 * it is completed, or going back to the wallet when it failed. All of it once, or, if somebody else was first, nothing.
 * @throws AppError RATE_LIMITED others were in the way at every try: nothing was written
 */
export async function writeChange(
  deps: WithdrawalDeps,
  before: Withdrawal,
  changedTo: Withdrawal,
): Promise<Advanced | Changed | undefined> {
  const after = nextVersion(before, changedTo, deps.now());
  const events = eventsOf(deps, before, after);
  const isHeld = after.source === 'wallet';
  if (isHeld && after.status === 'FAILED') return release(deps, before, after, events);
  const capture = isHeld && after.status === 'COMPLETED' ? { capture: captureEntry(after, after.updatedAt) } : {};
  const written = await deps.withdrawals.advance(before, after, { events, ...capture });
  invariant(written.kind !== 'stale', 'no wallet is posted to');
  return written.kind === 'done' ? { kind: 'done', withdrawal: after } : written;
}

/** @returns undefined if the wallet was too busy: nothing was written */
function release(
  deps: WithdrawalDeps,
  before: Withdrawal,
  after: Withdrawal,
  events: ReturnType<typeof eventsOf>,
): Promise<Advanced | Changed | undefined> {
  return postToWallet(
    { ...deps, policy: deps.policy.posting },
    after.userId,
    async (found): Promise<Advanced | Changed | Stale> => {
      const wallet = found ?? (await deps.ledger.read(after.userId));
      invariant(wallet, 'a wallet is never deleted');
      const posted = post(wallet, releaseEntry(after, after.updatedAt));
      const written = await deps.withdrawals.advance(before, after, { events, posted });
      return written.kind === 'done' ? { kind: 'done', withdrawal: after } : written;
    },
  ).catch(undefinedIfContended);
}
