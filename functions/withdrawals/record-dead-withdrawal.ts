import { withdrawals } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { withdrawalMessageSchema } from '../../lib/withdrawals/queue.ts';

/** WithdrawalsDeadLetterQueue */
export const handler = sqs(withdrawalMessageSchema, async (message, { messageId, attributes }) => {
  const deadLetter = {
    at: new Date(withdrawals().now()).toISOString(),
    messageId,
    receives: Number(attributes.ApproximateReceiveCount),
  };
  await withdrawals().withdrawals.recordDeadLetter(message, deadLetter);
  return { withdrawal_id: message.withdrawalId, result: 'dead_letter_recorded' };
});
