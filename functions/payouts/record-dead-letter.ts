import { payouts } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { deadChunks } from '../../lib/payouts/dead-chunks.ts';
import { chunkMessageSchema } from '../../lib/payouts/queue.ts';
import { recordDeadLetter } from '../../lib/recovery/index.ts';

/** ChunksDeadLetterQueue */
export const handler = sqs(chunkMessageSchema, (message, delivery) =>
  recordDeadLetter(deadChunks(payouts()), message, delivery),
);
