import { z } from 'zod';
import type { QueueSender } from '../aws/queue.ts';
import type { ChunkMessage } from './chunk.ts';
import { BATCH_ID, type BatchId } from './ids.ts';
import type { ChunkQueue } from './ports.ts';

/** The message in SQS. */
export const chunkMessageSchema = z
  .object({
    batch_id: z.string().regex(BATCH_ID),
    chunk: z.number().int().positive(),
    run: z.number().int().positive(),
    round: z.number().int().nonnegative().optional(),
  })
  .transform(({ batch_id, ...rest }): ChunkMessage => ({ batchId: batch_id as BatchId, ...rest }));

export function sqsChunkQueue(sender: QueueSender): ChunkQueue {
  return {
    send: (messages, delayMs) =>
      sender.send(
        messages.map(({ batchId, ...rest }) => ({ batch_id: batchId, ...rest })),
        delayMs,
      ),
    isIdle: () => sender.isEmpty(),
  };
}
