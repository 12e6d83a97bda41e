import { z } from 'zod';
import type { QueueSender } from '../aws/queue.ts';
import { BATCH_ID, type BatchId } from './ids.ts';
import type { ChunkMessage, ChunkQueue } from './ports.ts';

/** What is on the wire. */
export const chunkMessageSchema = z
  .object({
    batch_id: z.string().regex(BATCH_ID),
    chunk: z.number().int().positive(),
    run: z.number().int().positive(),
  })
  .transform(({ batch_id, chunk, run }): ChunkMessage => ({ batchId: batch_id as BatchId, chunk, run }));

export function sqsChunkQueue(sender: QueueSender): ChunkQueue {
  return {
    send: (messages, delayMs) =>
      sender.send(
        messages.map(({ batchId, chunk, run }) => ({ batch_id: batchId, chunk, run })),
        delayMs,
      ),
    isIdle: () => sender.isEmpty(),
  };
}
