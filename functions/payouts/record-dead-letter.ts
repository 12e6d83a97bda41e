import { payouts } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { chunkMessageSchema } from '../../lib/payouts/queue.ts';

/** Dead-lettered chunk messages: marked on the chunk, where the batch shows them until they are redriven. */
export const handler = sqs(chunkMessageSchema, async (message, record) => {
  addLogFields({ batch_id: message.batchId, chunk: message.chunk, run: message.run });
  const { now, chunks } = payouts();
  const receives = Number(record.attributes.ApproximateReceiveCount);
  const deadLetter = { at: new Date(now()).toISOString(), messageId: record.messageId, receives };
  await chunks.recordDeadLetter(message.batchId, message.chunk, deadLetter);
  return { result: 'dead_letter_recorded' };
});
