import { type Journal, linesAround } from '../ledger/index.ts';
import { type PastDeps, readPast } from '../webhooks/index.ts';
import type { WithdrawalDeps } from './ports.ts';
import { readWithdrawal } from './read-withdrawals.ts';

/**
 * The journal entries of a withdrawal: its holds, their releases and its capture. One that is paid from outside of the wallet
 * has none. @throws AppError NOT_FOUND
 */
export async function readWithdrawalEntries(deps: WithdrawalDeps, past: PastDeps, text: string): Promise<Journal> {
  const withdrawal = await readWithdrawal(deps, text);
  const { id, userId, source, status, createdAt, updatedAt, retryCycle } = withdrawal;
  const wallet = await deps.ledger.read(userId);
  if (source !== 'wallet' || !wallet) return { lines: [], capture: undefined };
  // Each hold and each release has an event of about the same time.
  const records = retryCycle > 1 ? (await readPast(past, withdrawal)).records : [];
  const released = status === 'FAILED' || status === 'REJECTED' ? [updatedAt] : [];
  const times = [createdAt, ...records.map(({ event }) => event.time), ...released];
  return {
    lines: await linesAround(deps.ledger, wallet, times, ({ entry }) => entry.references.withdrawal_id === id),
    capture:
      status === 'COMPLETED' ? (withdrawal.capture ?? (await deps.ledger.earlierCapture('WITHDRAWAL', id))) : undefined,
  };
}
