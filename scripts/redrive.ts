/**
 * Processes dead letters again, after their cause is fixed.
 *
 *     npm run redrive -- BATCH            the chunks of a batch
 *     npm run redrive -- --withdrawals    all withdrawals
 *     npm run redrive -- --notification ID    what the bank said of a payout that it gave back
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

async function redriveNotification(id: string): Promise<string> {
  const { status, reason } = await clientOf(endpointsOf()).notifications.redrive(id);
  return `Notification ${id} is ${status}${reason ? `: ${reason}` : ''}.`;
}

await run(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { withdrawals: { type: 'boolean', default: false }, notification: { type: 'string' } },
  });
  const [id, ...rest] = positionals;
  const { withdrawals, notification } = values;
  if (notification && !withdrawals && !id) console.log(await redriveNotification(notification));
  else if (withdrawals && !notification && !id) console.log(await redriveWithdrawals());
  else if (!withdrawals && !notification && id && rest.length === 0) console.log(await redriveBatch(id));
  else throw new Unexpected('Usage: npm run redrive -- BATCH | --withdrawals | --notification ID');
  return 0;
});
