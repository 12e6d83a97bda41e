import { AppError, contended } from '../kernel/errors.ts';
import { type IdempotencyKey, knownOr } from '../kernel/idempotency.ts';
import { balanceOf, post, postToWallet, type Stale, type Wallet } from '../ledger/index.ts';
import { canonicalAddress } from './addresses.ts';
import { requiredConfirmations } from './assets.ts';
import { dispatch } from './dispatch.ts';
import { holdEntry } from './entries.ts';
import { withdrawalIdOf } from './ids.ts';
import type { Existing, ExtraWrites, WithdrawalDeps } from './ports.ts';
import {
  DESTINATION_DENIED,
  isRequestOf,
  newWithdrawal,
  type Withdrawal,
  type WithdrawalRequest,
} from './withdrawal.ts';
import { withdrawalCreated } from './withdrawal-events.ts';

type Created = { readonly kind: 'created'; readonly withdrawal: Withdrawal };

/**
 * Accepts a withdrawal: stores it under the id that follows from its user and key, holds the amount in the user's wallet
 * unless the source is external, and sends a message to the workers. Repeated requests with the same key are the same
 * withdrawal for ever, also in parallel.
 * @throws AppError FORBIDDEN the destination is denied; NOT_FOUND, INSUFFICIENT_FUNDS the wallet; IDEMPOTENCY_MISMATCH;
 *   RATE_LIMITED
 */
export async function createWithdrawal(
  deps: WithdrawalDeps,
  request: WithdrawalRequest,
  key: IdempotencyKey,
): Promise<{ withdrawal: Withdrawal; alreadyExists: boolean }> {
  const own = {
    id: withdrawalIdOf(request.userId, key),
    key,
    requiredConfirmations: requiredConfirmations(deps.assets, request.money.currency, request.network),
  };
  const create = () => tryToCreate(deps, newWithdrawal(request, own, deps.now()));
  const posting = { ...deps, policy: deps.policy.posting };
  // A withdrawal that holds nothing does not wait for the wallet.
  const created = request.source === 'wallet' ? await postToWallet(posting, request.userId, create) : await create();
  if (created.kind === 'stale') throw contended();
  const { withdrawal } = created;
  if (created.kind === 'existing') {
    if (!isRequestOf(withdrawal, request)) throw new AppError('IDEMPOTENCY_MISMATCH');
    return { withdrawal, alreadyExists: true };
  }
  await dispatch(deps, withdrawal);
  return { withdrawal, alreadyExists: false };
}

async function tryToCreate(
  deps: WithdrawalDeps,
  withdrawal: ReturnType<typeof newWithdrawal>,
): Promise<Created | Existing | Stale> {
  const { network, address, userId, key, source } = withdrawal;
  const findExisting = async (): Promise<Existing | undefined> => {
    const existing = await deps.withdrawals.readByKey(userId, key, deps.now());
    return existing && { kind: 'existing', withdrawal: existing };
  };
  const [isDenied, existing, wallet] = await Promise.all([
    deps.denyList.has(network, canonicalAddress(network, address)),
    findExisting(),
    source === 'wallet' ? deps.ledger.read(userId) : undefined,
  ]);
  if (existing) return existing;
  const why = isDenied ? forbidden() : source === 'wallet' ? notCovered(withdrawal, wallet) : undefined;
  if (why) return knownOr(findExisting, why);
  const extraWrites: ExtraWrites = {
    events: [withdrawalCreated(deps, withdrawal)],
    ...(wallet && source === 'wallet' ? { posted: post(wallet, holdEntry(withdrawal, withdrawal.createdAt)) } : {}),
  };
  const written = await deps.withdrawals.insert(withdrawal, extraWrites);
  return written.kind === 'done' ? { kind: 'created', withdrawal } : written;
}

const forbidden = () => new AppError('FORBIDDEN', { message: DESTINATION_DENIED.message });

/** The reason why the user's wallet cannot hold the amount, if there is one. */
export function notCovered({ userId, money }: Pick<Withdrawal, 'userId' | 'money'>, wallet: Wallet | undefined) {
  if (!wallet) return new AppError('NOT_FOUND', { message: `There is no wallet of "${userId}".` });
  const available = balanceOf(wallet, money.currency);
  if (available >= money.minor) return undefined;
  const reason = `requested ${money.minor} of the smallest unit of ${money.currency}, available ${available}`;
  return new AppError('INSUFFICIENT_FUNDS', {
    details: [{ path: 'amount', reason, requested: `${money.minor}`, available: `${available}` }],
  });
}
