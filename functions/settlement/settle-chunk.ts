import { settlement } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { step } from '../../lib/edge/invocation.ts';
import { chunkId } from '../../lib/settlement/chunk.ts';
import { settleChunk } from '../../lib/settlement/settle-chunk.ts';
import { chunkInput } from '../../lib/settlement/steps.ts';

/** SettleChunk in workflow.asl.yml */
export const handler = step(chunkInput, async ({ job_id, chunk }) => {
  addLogFields({ chunk: chunkId(chunk) });
  return { outcome: await settleChunk(settlement(), job_id, chunk) };
});
