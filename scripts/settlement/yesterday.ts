/**
 * `npm run settle:yesterday [-- --stage local]`: invokes the function that the rule of 01:00 UTC invokes, waits for its
 * job and says what became of it. Exit code 0 if the job is completed, 1 if it ended otherwise, 2 if that cannot be said.
 */

import { parseArgs } from 'node:util';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import { awsOf } from '../aws.ts';
import { type Endpoints, endpointsOf, Unexpected } from '../client.ts';
import { SettlementClient } from './client.ts';

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

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { stage: { type: 'string', default: 'local' } } });
  const at = endpointsOf();
  const { job_id: id, from: day, replayed } = await invokeRule(at, values.stage);
  console.log(replayed ? `${day} has its job already: ${id}` : `${day} is settled by job ${id}`);
  const { status, transactions, total } = await new SettlementClient(at).finished(id);
  console.log(`${status}: ${transactions} transactions in ${total} chunks.`);
  if (status === 'COMPLETED') console.log(`${at.api}/downloads/${id}.csv   npm run audit:settlement -- ${id}`);
  else process.exitCode = 1;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
