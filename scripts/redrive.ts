/**
 * Processes dead letters again, after their cause is fixed.
 *
 *     npm run redrive -- BATCH                                   the chunks of a batch
 *     npm run redrive -- --withdrawals                           all withdrawals
 *     npm run redrive -- --queue metrics|audit [--stage local]   the events of a queue
 *
 * Exit code 0, or 2 if the command line is wrong or the service does not answer.
 */

import { parseArgs } from 'node:util';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsOf } from './aws.ts';
import { Client, endpointsOf, Unexpected } from './client.ts';
import { run, STAGE } from './command.ts';
import { redriveQueue } from './redrive-queue.ts';

/** Queues whose messages can be moved back unchanged. Chunks are redriven by batch, imports by another upload. */
const QUEUES = ['metrics', 'audit'];

async function redriveBatch(id: string): Promise<string> {
  const { redriven_chunks: chunks } = await new Client(endpointsOf()).redrive(id);
  if (chunks.length === 0) return `Batch ${id} has no dead letters.`;
  return `Batch ${id}: redriven ${chunks.length} chunks: ${chunks.join(', ')}.`;
}

async function redriveWithdrawals(): Promise<string> {
  const many = await new Client(endpointsOf()).redriveWithdrawals();
  return many === 0 ? 'No withdrawal has a dead letter.' : `Redriven ${many} withdrawals.`;
}

async function redriveEvents(queue: string, stage: string): Promise<string> {
  const sqs = new SQSClient(awsOf(endpointsOf()));
  try {
    return `Moved ${await redriveQueue(sqs, `sluice-${stage}-${queue}`)} messages back to the queue ${queue}.`;
  } finally {
    sqs.destroy();
  }
}

await run(async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      queue: { type: 'string' },
      stage: STAGE,
      withdrawals: { type: 'boolean', default: false },
    },
  });
  const [id, ...rest] = positionals;
  const { queue, stage, withdrawals } = values;
  if (withdrawals && queue === undefined && !id) console.log(await redriveWithdrawals());
  else if (queue !== undefined && QUEUES.includes(queue) && !id) console.log(await redriveEvents(queue, stage));
  else if (!withdrawals && queue === undefined && id && rest.length === 0) console.log(await redriveBatch(id));
  else
    throw new Unexpected(
      `Usage: npm run redrive -- BATCH | --withdrawals | --queue ${QUEUES.join('|')} [--stage STAGE]`,
    );
  return 0;
});
