/**
 * `npm run audit:settlement -- <job> [--expected FILE] [--stage local]`: counts the raw rows again and compares them with
 * all that the job has made. Exit code 0 if everything agrees, 1 if not, 2 if that cannot be said.
 *
 * It is a tool for operators: besides the API key it needs to read the table and the bucket.
 */

import { parseArgs } from 'node:util';
import { awsOf } from '../aws.ts';
import { endpointsOf } from '../client.ts';
import { readExpected } from '../transactions/expected.ts';
import { withBar } from '../verify/progress.ts';
import { Tables } from '../verify/tables.ts';
import { lines } from '../verify/tell.ts';
import { checksOf, summary } from './checks.ts';
import { gather, NotAsPromised } from './evidence.ts';
import { recount } from './recount.ts';

const MOST_TOLD = 5;

function readCommandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { expected: { type: 'string' }, stage: { type: 'string', default: 'local' } },
  });
  const [id, ...rest] = positionals;
  if (!id || rest.length > 0) throw new Error('Which job? npm run audit:settlement -- <job id> [--expected FILE]');
  return { id, ...values };
}

async function main(): Promise<void> {
  const { id, expected, stage } = readCommandLine();
  const at = endpointsOf();
  const expectedGroups = expected === undefined ? undefined : readExpected(expected);
  const evidence = await gather(at, id);
  const { job } = evidence;
  const tables = new Tables(awsOf(at), stage);
  const recounted = withBar('transactions', (onProgress) => recount(tables, job, onProgress));
  const counted = await recounted.finally(() => tables.close());
  const checks = checksOf(evidence, counted, expectedGroups);
  console.log(`Job ${id}, ${job.from} to ${job.to}. The raw rows come to ${summary(counted)}.\n`);
  for (const { name, differences } of checks) {
    for (const line of lines(name, differences, MOST_TOLD)) console.log(line);
  }
  const failed = checks.filter(({ differences }) => differences.length > 0);
  if (failed.length === 0) {
    console.log('\nAll of it agrees, to the last cent.');
    return;
  }
  console.log(`\n${failed.length} of ${checks.length} checks failed.`);
  const late = counted.rows - job.transactions;
  if (late > 0) {
    console.log(
      `${late} rows are stored that the job has not read. Rows that came in after it had read their day are settled by another\n` +
        `job: POST /jobs/settlement {"from": "${job.from}", "to": "${job.to}"}, then audit that one.`,
    );
  }
  process.exitCode = 1;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = error instanceof NotAsPromised ? 1 : 2;
});
