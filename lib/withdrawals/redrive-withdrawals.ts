import type { WithdrawalDeps } from './ports.ts';

/** Puts the withdrawals whose messages were given up on back to work. @returns how many */
export async function redriveWithdrawals(deps: WithdrawalDeps): Promise<number> {
  const dead = (await deps.withdrawals.listOpen()).filter(({ isDead }) => isDead);
  for (const { id, version } of dead) {
    await deps.queue.send([{ withdrawalId: id, version }]);
    await deps.withdrawals.clearDeadLetter(id);
  }
  return dead.length;
}
