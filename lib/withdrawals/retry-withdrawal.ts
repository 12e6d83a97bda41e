import { demandFor, requireWithinPayoutLimit } from '../access/index.ts';
import { AppError } from '../kernel/errors.ts';
import { post, postToWallet, type Wallet } from '../ledger/index.ts';
import { canonicalAddress } from './addresses.ts';
import { notCovered } from './create-withdrawal.ts';
import { dispatch } from './dispatch.ts';
import { holdEntry } from './entries.ts';
import type { Changed, WithdrawalDeps } from './ports.ts';
import { existingWithdrawal, readWithdrawal } from './read-withdrawals.ts';
import { DESTINATION_DENIED, mayRetry, nextVersion, reopened, type Withdrawal } from './withdrawal.ts';
import { eventsOf } from './withdrawal-events.ts';

/**
 * Reopens a failed withdrawal as one more of its retries, and holds the amount again. It counts towards the limits of the key
 * that asks for it.
 * @throws AppError NOT_FOUND; INVALID_STATE it has not failed, or has no retries left; FORBIDDEN; INSUFFICIENT_FUNDS;
 *   LIMIT_EXCEEDED, RATE_LIMITED
 */
export async function retryWithdrawal(deps: WithdrawalDeps, text: string): Promise<Withdrawal> {
  const { id, userId, network, address } = await readWithdrawal(deps, text);
  const posting = { ...deps, policy: deps.policy.posting };
  const written = await postToWallet<Reopened | Changed>(posting, userId, async () => {
    const [before, wallet, isDenied] = await Promise.all([
      existingWithdrawal(deps, id),
      deps.ledger.read(userId),
      deps.denyList.has(network, canonicalAddress(network, address)),
    ]);
    if (before.status !== 'FAILED') throw new AppError('INVALID_STATE', { message: notFailed(before) });
    if (!mayRetry(before)) throw new AppError('INVALID_STATE', { message: usedUp(before) });
    if (isDenied) throw new AppError('FORBIDDEN', { message: DESTINATION_DENIED.message });
    const principal = deps.principal();
    requireWithinPayoutLimit(principal, [before]);
    const now = deps.now();
    const demand = demandFor(principal, before.money, now);
    const after = nextVersion(before, reopened(before, now, demand?.reservation), now);
    const result = { kind: 'reopened', withdrawal: after } as const;
    const events = eventsOf(deps, before, after);
    if (before.source === 'external') {
      const advanced = await deps.withdrawals.advance(before, after, events, { demand });
      return advanced.kind === 'done' ? result : advanced;
    }
    if (!wallet) throw notCovered(before, wallet);
    const companion = await deps.withdrawals.toAdvance(before, after, events, { demand });
    const propose = (current: Wallet) => {
      const problem = notCovered(before, current);
      if (problem) throw problem;
      return { posted: post(current, holdEntry(after, after.updatedAt)), companion, result };
    };
    return { wallet, propose };
  });
  if (written.kind === 'changed') {
    throw new AppError('INVALID_STATE', { message: notFailed(written.withdrawal) });
  }
  await dispatch(deps, written.withdrawal);
  return written.withdrawal;
}

type Reopened = { readonly kind: 'reopened'; readonly withdrawal: Withdrawal };

const notFailed = ({ status }: Withdrawal) => `Only a withdrawal that is FAILED can be retried; this one is ${status}.`;
const usedUp = ({ maxRetries }: Withdrawal) => `All of its ${maxRetries} retries are used up.`;
