import { orNotFound } from '../kernel/errors.ts';
import type { DeadLetter } from '../recovery/index.ts';
import { isUnderWay } from './batch.ts';
import { chunkEvent } from './batch-events.ts';
import { type Chunk, isOpen, messageOf } from './chunk.ts';
import type { BatchId } from './ids.ts';
import type { PayoutDeps } from './ports.ts';

/**
 * Sends the dead-lettered chunks of a batch to the workers again, after an operator has fixed the cause. If it dies after
 * it cleared a dead letter, recovery dispatches the chunk.
 * @returns the numbers of the chunks
 * @throws AppError NOT_FOUND
 */
export async function redriveBatch(deps: PayoutDeps, id: BatchId): Promise<number[]> {
  const batch = orNotFound(await deps.batches.read(id), `There is no batch ${id}.`);
  const dead = (await deps.chunks.readAll(id)).filter(isDeadLettered);
  for (const { number: chunk, deadLetter } of dead) {
    const event = chunkEvent(deps, 'batch.redriven', { batchId: id, chunk }, deadLetter);
    await deps.chunks.clearDeadLetter(id, chunk, deadLetter, event);
  }
  if (isUnderWay(batch.status)) {
    await deps.queue.send(dead.filter(isOpen).map((chunk) => messageOf(chunk, batch.run)));
  }
  return dead.map((chunk) => chunk.number);
}

function isDeadLettered(chunk: Chunk): chunk is Chunk & { readonly deadLetter: DeadLetter } {
  return chunk.deadLetter !== undefined;
}
