import { withdrawals } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { processWithdrawal } from '../../lib/withdrawals/process-withdrawal.ts';
import { withdrawalMessageSchema } from '../../lib/withdrawals/queue.ts';

/** WithdrawalsQueue */
export const handler = sqs(withdrawalMessageSchema, async (message) => ({
  withdrawal_id: message.withdrawalId,
  version: message.version,
  ...(await processWithdrawal(withdrawals(), message)),
}));
