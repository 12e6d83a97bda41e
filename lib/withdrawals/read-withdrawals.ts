import { invariant, orNotFound } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import type { UserId } from '../ledger/index.ts';
import { parseWithdrawalId, type WithdrawalId } from './ids.ts';
import type { WithdrawalDeps } from './ports.ts';
import type { Withdrawal, WithdrawalStatus } from './withdrawal.ts';

/** @throws AppError NOT_FOUND */
export async function readWithdrawal({ withdrawals }: WithdrawalDeps, text: string): Promise<Withdrawal> {
  const id = parseWithdrawalId(text);
  return orNotFound(id && (await withdrawals.read(id)), 'There is no such withdrawal.');
}

/** The withdrawal that a request with this key made. @throws AppError NOT_FOUND */
export async function readByKey(
  { withdrawals, now }: WithdrawalDeps,
  { userId, key }: { userId: UserId; key: IdempotencyKey },
): Promise<Withdrawal> {
  return orNotFound(await withdrawals.readByKey(userId, key, now()), 'This user has no withdrawal with this key.');
}

/** A user's withdrawals, newest first. @throws AppError VALIDATION_ERROR the page token is not one of ours */
export function listWithdrawals(
  { withdrawals }: WithdrawalDeps,
  { userId, ...page }: PageRequest & { userId: UserId; status?: WithdrawalStatus | undefined },
): Promise<Page<Withdrawal>> {
  return withdrawals.list(userId, page);
}

/** A withdrawal that was read before, read again. */
export async function existingWithdrawal({ withdrawals }: WithdrawalDeps, id: WithdrawalId): Promise<Withdrawal> {
  const withdrawal = await withdrawals.read(id);
  invariant(withdrawal, 'a withdrawal is never deleted');
  return withdrawal;
}
