import {
  type ApprovalWrite,
  approvalIdFor,
  approvalNeeded,
  approvalOf,
  demandFor,
  requireWithinPayoutLimit,
} from '../access/index.ts';
import { ofThisRequest } from '../events/index.ts';
import { AppError } from '../kernel/errors.ts';
import { type IdempotencyKey, knownOr } from '../kernel/idempotency.ts';
import { balanceOf, type Proposal, post, postToWallet, type Wallet } from '../ledger/index.ts';
import { canonicalAddress } from './addresses.ts';
import { askedPayment, withdrawalContent } from './approve-withdrawal.ts';
import { requiredConfirmations } from './assets.ts';
import { dispatch } from './dispatch.ts';
import { holdEntry } from './entries.ts';
import { withdrawalIdOf } from './ids.ts';
import type { Existing, WithdrawalDeps } from './ports.ts';
import {
  DESTINATION_DENIED,
  isRequestOf,
  newWithdrawal,
  type Withdrawal,
  type WithdrawalRequest,
} from './withdrawal.ts';
import { withdrawalCreated } from './withdrawal-events.ts';

type ToInsert = Awaited<ReturnType<WithdrawalDeps['withdrawals']['readyToInsert']>>;
type Created = { readonly kind: 'created'; readonly withdrawal: Withdrawal };

/**
 * Accepts a withdrawal: stores it under the id that follows from its user and key, holds the amount in the user's wallet
 * unless the source is external, and sends a message to the workers. One that meets a rule waits for its
 * approval instead. Repeated requests with the same key are the same withdrawal for ever, also in parallel.
 * @throws AppError FORBIDDEN the destination is denied; NOT_FOUND, INSUFFICIENT_FUNDS the wallet; IDEMPOTENCY_MISMATCH;
 *   LIMIT_EXCEEDED, RATE_LIMITED
 */
export async function createWithdrawal(
  deps: WithdrawalDeps,
  request: WithdrawalRequest,
  key: IdempotencyKey,
): Promise<{ withdrawal: Withdrawal; alreadyExists: boolean }> {
  const id = withdrawalIdOf(request.userId, key);
  const payments = [askedPayment(request)];
  const isFor = { kind: 'withdrawal', payments: () => payments } as const;
  const need = await approvalNeeded(deps, isFor, () => approvalIdFor('withdrawal', id));
  const own = {
    ...(need ? { approvalId: need.id } : {}),
    id,
    key,
    requiredConfirmations: requiredConfirmations(deps.assets, request.money.currency, request.network),
  };
  const findExisting = async (): Promise<Existing | undefined> => {
    const existing = await deps.withdrawals.readByKey(request.userId, key, deps.now());
    return existing && { kind: 'existing', withdrawal: existing };
  };
  const content = { kind: 'withdrawal', subject: id, payments } as const;
  const approval =
    need && (await approvalOf(deps, need, { ...content, digest: await withdrawalContent(deps, { ...request, id }) }));
  const created = await create(deps, request, { own, approval, findExisting }).catch((error: unknown) => {
    if (!(error instanceof AppError && REFUSALS.has(error.code))) throw error;
    return knownOr(findExisting, error);
  });
  const { withdrawal } = created;
  if (created.kind === 'existing') {
    if (!isRequestOf(withdrawal, request)) throw new AppError('IDEMPOTENCY_MISMATCH');
    return { withdrawal, alreadyExists: true };
  }
  if (withdrawal.status !== 'AWAITING_APPROVAL') await dispatch(deps, withdrawal);
  return { withdrawal, alreadyExists: false };
}

/** The key of a request that may name it in the body, in the header, or in both. @throws AppError VALIDATION_ERROR */
export function keyOf(field: IdempotencyKey | undefined, header: IdempotencyKey | undefined): IdempotencyKey {
  const refused = (reason: string) =>
    new AppError('VALIDATION_ERROR', { details: [{ path: 'idempotency_key', reason }] });
  const key = field ?? header;
  if (key === undefined) throw refused('is required, here or as the header Idempotency-Key');
  if (header !== undefined && header !== key) throw refused('differs from the header Idempotency-Key');
  return key;
}

/** An earlier request with the same key may be the reason for these. */
const REFUSALS = new Set(['FORBIDDEN', 'NOT_FOUND', 'INSUFFICIENT_FUNDS', 'LIMIT_EXCEEDED']);

type Creating = {
  readonly own: Parameters<typeof newWithdrawal>[1];
  /** The approval that it waits for, if any. */
  readonly approval: ApprovalWrite | undefined;
  readonly findExisting: () => Promise<Existing | undefined>;
};

async function create(
  deps: WithdrawalDeps,
  request: WithdrawalRequest,
  { own, approval, findExisting }: Creating,
): Promise<Created | Existing> {
  const { network, address, userId, source } = request;
  const caused = ofThisRequest(deps);
  const principal = caused.principal();

  function wanted() {
    const now = deps.now();
    const demand = demandFor(principal, request.money, now);
    const reserved = demand ? { reservation: demand.reservation } : {};
    return { withdrawal: newWithdrawal(request, { ...own, ...reserved }, now), demand };
  }

  async function existingUnlessRefused(): Promise<Existing | undefined> {
    const isDenied = deps.denyList.has(network, canonicalAddress(network, address));
    const [existing, isRefused] = await Promise.all([findExisting(), isDenied]);
    if (existing) return existing;
    if (isRefused) throw new AppError('FORBIDDEN', { message: DESTINATION_DENIED.message });
    requireWithinPayoutLimit(principal, [request]);
    return undefined;
  }

  if (source === 'external') {
    const existing = await existingUnlessRefused();
    if (existing) return existing;
    const { withdrawal, demand } = wanted();
    const along = { demand, approval };
    const written = await deps.withdrawals.insert(withdrawal, withdrawalCreated(deps, withdrawal), along);
    return written.kind === 'done' ? { kind: 'created', withdrawal } : written;
  }

  function propose(wallet: Wallet, toInsert: ToInsert): Proposal<Created | Existing> {
    const { withdrawal, demand } = wanted();
    const problem = notCovered(withdrawal, wallet);
    if (problem) throw problem;
    const posted = post(wallet, holdEntry(withdrawal, withdrawal.createdAt));
    const companion = toInsert(withdrawal, withdrawalCreated(caused, withdrawal), { demand, approval });
    return { posted, companion, result: { kind: 'created', withdrawal } };
  }
  const posting = { ...deps, policy: deps.policy.posting };
  return postToWallet<Created | Existing>(posting, userId, async () => {
    const [existing, wallet, toInsert] = await Promise.all([
      existingUnlessRefused(),
      deps.ledger.read(userId),
      deps.withdrawals.readyToInsert(),
    ]);
    if (existing) return existing;
    if (!wallet) throw notCovered(request, wallet);
    return { wallet, propose: (current) => propose(current, toInsert) };
  });
}

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
