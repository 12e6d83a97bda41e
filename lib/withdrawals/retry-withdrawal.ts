import { AppError } from '../kernel/errors.ts';
import { post, postToWallet, type Stale } from '../ledger/index.ts';
import { canonicalAddress } from './addresses.ts';
import { notCovered } from './create-withdrawal.ts';
import { dispatch } from './dispatch.ts';
import { holdEntry } from './entries.ts';
import type { Changed, WithdrawalDeps } from './ports.ts';
import { existingWithdrawal, readWithdrawal } from './read-withdrawals.ts';
import { DESTINATION_DENIED, mayRetry, nextVersion, reopened, type Withdrawal } from './withdrawal.ts';
import { eventsOf } from './withdrawal-events.ts';

/**
 * Reopens a failed withdrawal as one more of its retries, and holds the amount again.
 * @throws AppError NOT_FOUND; INVALID_STATE it has not failed, or has no retries left; FORBIDDEN; INSUFFICIENT_FUNDS;
 *   RATE_LIMITED
 */
export async function retryWithdrawal(deps: WithdrawalDeps, text: string): Promise<Withdrawal> {
  const { id, userId, network, address } = await readWithdrawal(deps, text);
  const posting = { ...deps, policy: deps.policy.posting };
  const written = await postToWallet(posting, userId, async (): Promise<Reopened | Changed | Stale> => {
    const [before, wallet, isDenied] = await Promise.all([
      existingWithdrawal(deps, id),
      deps.ledger.read(userId),
      deps.denyList.has(network, canonicalAddress(network, address)),
    ]);
    if (before.status !== 'FAILED') throw new AppError('INVALID_STATE', { message: notFailed(before) });
    if (!mayRetry(before)) throw new AppError('INVALID_STATE', { message: usedUp(before) });
    if (isDenied) throw new AppError('FORBIDDEN', { message: DESTINATION_DENIED.message });
    const after = nextVersion(before, reopened(before, deps.now()), deps.now());
    const events = eventsOf(deps, before, after);
    if (before.source === 'external') return reopen(deps, before, after, { events });
    const problem = notCovered(before, wallet);
    if (problem || !wallet) throw problem;
    return reopen(deps, before, after, { events, posted: post(wallet, holdEntry(after, after.updatedAt)) });
  });
  if (written.kind === 'changed') {
    throw new AppError('INVALID_STATE', { message: notFailed(written.withdrawal) });
  }
  await dispatch(deps, written.withdrawal);
  return written.withdrawal;
}

type Reopened = { readonly kind: 'reopened'; readonly withdrawal: Withdrawal };

async function reopen(
  { withdrawals }: WithdrawalDeps,
  before: Withdrawal,
  after: Withdrawal,
  extraWrites: Parameters<WithdrawalDeps['withdrawals']['advance']>[2],
): Promise<Reopened | Changed | Stale> {
  const written = await withdrawals.advance(before, after, extraWrites);
  return written.kind === 'done' ? { kind: 'reopened', withdrawal: after } : written;
}

const notFailed = ({ status }: Withdrawal) => `Only a withdrawal that is FAILED can be retried; this one is ${status}.`;
const usedUp = ({ maxRetries }: Withdrawal) => `All of its ${maxRetries} retries are used up.`;
