import { withdrawals } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { recordDeadLetter } from '../../lib/recovery/index.ts';
import { deadWithdrawals } from '../../lib/withdrawals/dead-withdrawals.ts';
import { withdrawalMessageSchema } from '../../lib/withdrawals/queue.ts';

/** WithdrawalsDeadLetterQueue */
export const handler = sqs(withdrawalMessageSchema, (message, delivery) =>
  recordDeadLetter(deadWithdrawals(withdrawals()), message, delivery),
);
