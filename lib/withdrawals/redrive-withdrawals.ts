import pMap from 'p-map';
import { deadLetterEvent } from './action-events.ts';
import type { WithdrawalDeps } from './ports.ts';

/** The most that one request redrives. */
const MAX_REDRIVEN = 5_000;
const CONCURRENCY = 10;

/** Puts withdrawals whose messages were given up on back to work, the oldest first. @returns how many: repeat it until 0 */
export async function redriveWithdrawals(deps: WithdrawalDeps): Promise<number> {
  const { open: dead } = await deps.withdrawals.listOpen('dead', MAX_REDRIVEN);
  await pMap(
    dead,
    async ({ deadLetter, ...one }) => {
      if (!deadLetter) return;
      await deps.queue.send([{ withdrawalId: one.id, version: one.version }]);
      const event = deadLetterEvent(deps, 'withdrawal.redriven', one.id, deadLetter);
      await deps.withdrawals.clearDeadLetter({ ...one, deadLetter }, event);
    },
    { concurrency: CONCURRENCY },
  );
  return dead.length;
}
