import type { WithdrawalDeps } from './ports.ts';
import type { Withdrawal } from './withdrawal.ts';

/**
 * Tells the workers of a withdrawal that is due. It is stored by now, so a queue that cannot be reached loses nothing:
 * recovery finds what is due and untouched.
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
