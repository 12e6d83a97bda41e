/**
 * `npm run settle:yesterday [-- --stage local]`: invokes the function that the rule of 01:00 UTC invokes, and waits for its
 * job. Exit code 0 if the job completed, 1 if it failed or was cancelled, 2 if the job could not be started or read.
 */

import { parseArgs } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import { awsOf } from '../aws.ts';
import { run, STAGE } from '../command.ts';
import { clientOf, type Endpoints, endpointsOf, Unexpected } from '../endpoints.ts';

const POLL_MS = 50;

const answerSchema = z.object({ job_id: z.string(), from: z.string(), replayed: z.boolean() });

/** @throws Unexpected with the function's error if it failed */
async function invokeRule(at: Endpoints, stage: string): Promise<z.infer<typeof answerSchema>> {
  const lambda = new LambdaClient(awsOf(at));
  try {
    const name = `sluice-${stage}-settleYesterday`;
    const { Payload, FunctionError } = await lambda.send(new InvokeCommand({ FunctionName: name }));
    const answer = new TextDecoder().decode(Payload);
    if (FunctionError) throw new Unexpected(`${name} failed: ${answer}`);
    return answerSchema.parse(JSON.parse(answer));
  } finally {
    lambda.destroy();
  }
}

await run(async () => {
  const { values } = parseArgs({ options: { stage: STAGE } });
  const at = endpointsOf();
  const { job_id: id, from: day, replayed } = await invokeRule(at, values.stage);
  console.log(replayed ? `${day} already has job ${id}` : `Job ${id} settles ${day}`);
  const { status, transactions, total } = await clientOf(at).jobs.waitFor(id, {
    timeoutMs: Number.POSITIVE_INFINITY,
    pollMs: POLL_MS,
  });
  console.log(`${status}: ${transactions} transactions in ${total} chunks.`);
  if (status !== 'COMPLETED') return 1;
  console.log(`${at.api}/downloads/${id}.csv   npm run verify -- --domain settlement --id ${id}`);
  return 0;
});
