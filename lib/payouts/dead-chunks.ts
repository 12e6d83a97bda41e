import type { DeadLetterDeps } from '../recovery/index.ts';
import type { ChunkMessage, PayoutDeps } from './ports.ts';

/** Marks the chunk of a dead-lettered message. Recovery leaves the chunk alone until redrive. */
export function deadChunks({ chunks, now }: PayoutDeps): DeadLetterDeps<ChunkMessage> {
  return {
    now,
    async markDead({ batchId, chunk, run }, deadLetter) {
      await chunks.recordDeadLetter(batchId, chunk, deadLetter);
      return { batch_id: batchId, chunk, run };
    },
  };
}
