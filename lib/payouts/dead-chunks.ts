import type { DeadLetterDeps } from '../recovery/index.ts';
import { chunkEvent } from './batch-events.ts';
import type { ChunkMessage } from './chunk.ts';
import type { PayoutDeps } from './ports.ts';

/** Marks the chunk of a dead-lettered message. Recovery leaves the chunk alone until redrive. */
export function deadChunks(deps: PayoutDeps): DeadLetterDeps<ChunkMessage> {
  return {
    now: deps.now,
    async markDead({ batchId, chunk, run }, deadLetter) {
      const event = chunkEvent(deps, 'batch.dead_lettered', { batchId, chunk }, deadLetter);
      await deps.chunks.recordDeadLetter(batchId, chunk, deadLetter, event);
      return { batch_id: batchId, chunk, run };
    },
  };
}
