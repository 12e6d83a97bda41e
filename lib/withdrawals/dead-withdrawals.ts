import type { DeadLetterDeps } from '../recovery/index.ts';
import type { WithdrawalDeps, WithdrawalMessage } from './ports.ts';

/** Marks the withdrawal of a dead-lettered message. Recovery leaves the withdrawal alone until redrive. */
export function deadWithdrawals({ withdrawals, now }: WithdrawalDeps): DeadLetterDeps<WithdrawalMessage> {
  return {
    now,
    async markDead(message, deadLetter) {
      await withdrawals.recordDeadLetter(message, deadLetter);
      return { withdrawal_id: message.withdrawalId };
    },
  };
}
