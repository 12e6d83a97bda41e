import { invariant, orNotFound } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { cursorOf, type Page, type PageRequest, positionIn, unknownCursor } from '../kernel/page.ts';
import type { UserId } from '../ledger/index.ts';
import { parseWithdrawalId, type WithdrawalId } from './ids.ts';
import { type OpenPart, placeOf } from './open.ts';
import type { WithdrawalDeps } from './ports.ts';
import { isTerminal, type Withdrawal, type WithdrawalStatus } from './withdrawal.ts';

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

/**
 * The open withdrawals of all users in one part of their index, in the order of its times. A page may be short and not be the last
 * one. @throws AppError VALIDATION_ERROR the cursor is not one of ours
 */
export async function listOpenWithdrawals(
  { withdrawals }: WithdrawalDeps,
  { part, limit, cursor }: PageRequest & { part: OpenPart },
): Promise<Page<Withdrawal>> {
  const after = cursor === undefined ? undefined : placeIn(cursor);
  const { open, isComplete } = await withdrawals.listOpen(part, limit, { after });
  const listed = open.slice(0, limit);
  const last = listed.at(-1);
  const all = await withdrawals.readAll(listed.map(({ id }) => id));
  return {
    items: all.filter((withdrawal) => !isTerminal(withdrawal)), // the index lags behind the last writes
    cursor: last && !(isComplete && listed.length === open.length) ? cursorOf(placeOf(last).at) : undefined,
  };
}

function placeIn(cursor: string): string {
  const place = positionIn(cursor);
  if (/^[\dTZ:.-]+#wdr_[0-9a-f]{32}$/.test(place)) return place;
  throw unknownCursor();
}

/** A withdrawal that was read before, read again. */
export async function existingWithdrawal({ withdrawals }: WithdrawalDeps, id: WithdrawalId): Promise<Withdrawal> {
  const withdrawal = await withdrawals.read(id);
  invariant(withdrawal, 'a withdrawal is never deleted');
  return withdrawal;
}
