import type { DeadLetterDeps } from '../recovery/index.ts';
import { deadLetterEvent } from './action-events.ts';
import type { WithdrawalDeps, WithdrawalMessage } from './ports.ts';

/** Marks the withdrawal of a dead-lettered message. Recovery leaves the withdrawal alone until redrive. */
export function deadWithdrawals(deps: WithdrawalDeps): DeadLetterDeps<WithdrawalMessage> {
  return {
    now: deps.now,
    async markDead(message, deadLetter) {
      const event = deadLetterEvent(deps, 'withdrawal.dead_lettered', message.withdrawalId, deadLetter);
      await deps.withdrawals.recordDeadLetter(message, deadLetter, event);
      return { withdrawal_id: message.withdrawalId };
    },
  };
}
