import { imports, payouts, withdrawals } from '../../lib/container.ts';
import { sqs, sqsByQueue } from '../../lib/edge/batch.ts';
import { deadImports } from '../../lib/imports/dead-imports.ts';
import { importMessage } from '../../lib/imports/message.ts';
import { deadChunks } from '../../lib/payouts/dead-chunks.ts';
import { chunkMessageSchema } from '../../lib/payouts/queue.ts';
import { recordDeadLetter } from '../../lib/recovery/index.ts';
import { deadWithdrawals } from '../../lib/withdrawals/dead-withdrawals.ts';
import { withdrawalMessageSchema } from '../../lib/withdrawals/queue.ts';

/** ChunksDeadLetterQueue, WithdrawalsDeadLetterQueue, ImportsDeadLetterQueue */
export const handler = sqsByQueue({
  'chunks-dlq': sqs(chunkMessageSchema, (message, delivery) =>
    recordDeadLetter(deadChunks(payouts()), message, delivery),
  ),
  'withdrawals-dlq': sqs(withdrawalMessageSchema, (message, delivery) =>
    recordDeadLetter(deadWithdrawals(withdrawals()), message, delivery),
  ),
  'imports-dlq': sqs(importMessage, (message, delivery) => recordDeadLetter(deadImports(imports()), message, delivery)),
});
