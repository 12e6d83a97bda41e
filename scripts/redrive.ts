/**
 * Processes dead letters again, after their cause is fixed.
 *
 *     npm run redrive -- BATCH            the chunks of a batch
 *     npm run redrive -- --withdrawals    all withdrawals
 *
 * Exit code 0, or 2 if the command line is wrong or the service does not answer. An import is repeated by another upload.
 */

import { parseArgs } from 'node:util';
import { run } from './command.ts';
import { clientOf, endpointsOf, Unexpected } from './endpoints.ts';

async function redriveBatch(id: string): Promise<string> {
  const { redriven_chunks: chunks } = await clientOf(endpointsOf()).batches.redrive(id);
  if (chunks.length === 0) return `Batch ${id} has no dead letters.`;
  return `Batch ${id}: redriven ${chunks.length} chunks: ${chunks.join(', ')}.`;
}

async function redriveWithdrawals(): Promise<string> {
  const many = await clientOf(endpointsOf()).processor.redrive();
  return many === 0 ? 'No withdrawal has a dead letter.' : `Redriven ${many} withdrawals.`;
}

await run(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { withdrawals: { type: 'boolean', default: false } },
  });
  const [id, ...rest] = positionals;
  const { withdrawals } = values;
  if (withdrawals && !id) console.log(await redriveWithdrawals());
  else if (!withdrawals && id && rest.length === 0) console.log(await redriveBatch(id));
  else throw new Unexpected('Usage: npm run redrive -- BATCH | --withdrawals');
  return 0;
});
