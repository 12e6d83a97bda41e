import type { WithdrawalDeps } from './ports.ts';
import type { Withdrawal } from './withdrawal.ts';

/**
 * Sends a message about a withdrawal to the workers. The withdrawal is stored, so nothing is lost if the queue cannot be
 * reached: recovery finds withdrawals that are due and that no worker has taken.
 */
export async function dispatch(
  { queue, now, log }: WithdrawalDeps,
  { id, version, dueAt }: Pick<Withdrawal, 'id' | 'version' | 'dueAt'>,
): Promise<void> {
  try {
    await queue.send([{ withdrawalId: id, version }], Math.max(0, dueAt - now()));
  } catch (error) {
    log.warn('a withdrawal is left to recovery', { withdrawal_id: id, error: error as Error });
  }
}
