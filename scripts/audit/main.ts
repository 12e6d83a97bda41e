/** `npm run audit -- <batch>`: exit code 0 if the batch and the bank agree, 1 if not, 2 if that cannot be said. */

import { Client, endpointsOf } from '../client.ts';
import { auditBatch } from './audit.ts';

const [id] = process.argv.slice(2);
if (id === undefined) {
  console.error('Which batch? npm run audit -- <batch id>');
  process.exit(2);
}

try {
  const { batch, paid, differences } = await auditBatch(new Client(endpointsOf()), id);
  for (const difference of differences) console.log(`! ${difference}`);
  console.log(`Batch ${id} is ${batch.status}: ${batch.total_count} payouts, ${paid} paid.`);
  if (differences.length === 0)
    console.log("It agrees with the bank's ledger: each paid once, to the last minor unit, and nobody else.");
  else console.log(`${differences.length} differences to the bank's ledger.`);
  process.exitCode = differences.length === 0 ? 0 : 1;
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
