import { payouts } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { payChunk } from '../../lib/payouts/pay-chunk.ts';
import { chunkMessageSchema } from '../../lib/payouts/queue.ts';

/** ChunksQueue */
export const handler = sqs(chunkMessageSchema, async (message, delivery) => {
  addLogFields({ batch_id: message.batchId, chunk: message.chunk, run: message.run });
  return payChunk(payouts(), message, delivery);
});
