/**
 * `npm run redrive -- <batch>`: puts the dead-lettered chunks of a batch back to work.
 * `npm run redrive -- --withdrawals`: the same for withdrawals.
 * `npm run redrive -- --queue metrics [--stage local]`: moves the dead letters of a queue of events, metrics or audit, back.
 */

import { parseArgs } from 'node:util';
import { SQSClient } from '@aws-sdk/client-sqs';
import { awsOf } from './aws.ts';
import { Client, endpointsOf } from './client.ts';
import { redriveQueue } from './redrive-queue.ts';

/** Those whose messages are redriven as they are; chunks are redriven by their batch, imports by another upload. */
const QUEUES = ['metrics', 'audit'];

async function redriveBatch(id: string): Promise<string> {
  const { redriven_chunks: chunks } = await new Client(endpointsOf()).redrive(id);
  if (chunks.length === 0) return `Batch ${id} has no dead letters.`;
  return `Batch ${id}: ${chunks.length} of its chunks go back to work: ${chunks.join(', ')}.`;
}

async function redriveWithdrawals(): Promise<string> {
  const many = await new Client(endpointsOf()).redriveWithdrawals();
  return many === 0 ? 'No withdrawal has a dead letter.' : `${many} withdrawals go back to work.`;
}

async function redriveEvents(queue: string, stage: string): Promise<string> {
  const sqs = new SQSClient(awsOf(endpointsOf()));
  try {
    return `${await redriveQueue(sqs, `sluice-${stage}-${queue}`)} messages go back to the queue ${queue}.`;
  } finally {
    sqs.destroy();
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      queue: { type: 'string' },
      stage: { type: 'string', default: 'local' },
      withdrawals: { type: 'boolean', default: false },
    },
  });
  const [id, ...rest] = positionals;
  const { queue, stage, withdrawals } = values;
  if (withdrawals && queue === undefined && !id) console.log(await redriveWithdrawals());
  else if (queue !== undefined && QUEUES.includes(queue) && !id) console.log(await redriveEvents(queue, stage));
  else if (!withdrawals && queue === undefined && id && rest.length === 0) console.log(await redriveBatch(id));
  else throw new Error(`npm run redrive -- <batch id>, --withdrawals, or --queue ${QUEUES.join('|')}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
