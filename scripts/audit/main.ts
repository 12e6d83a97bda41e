/** `npm run audit -- <batch>`: exit code 0 if the batch and the bank agree, 1 if not, 2 if that cannot be said. */

import { Client, endpointsOf } from '../client.ts';
import { auditBatch } from './audit.ts';

const [id, ...rest] = process.argv.slice(2);
if (!id || rest.length > 0) {
  console.error('Which batch? npm run audit -- <batch id>');
  process.exit(2);
}

try {
  const { batch, paid, open, differences } = await auditBatch(new Client(endpointsOf()), id);
  for (const difference of differences) console.log(`! ${difference}`);
  console.log(
    `Batch ${id} is ${batch.status}: ${batch.total_count} payouts, ${paid} completed, ${batch.total_count - paid - open} failed, ${open} open.`,
  );
  if (differences.length > 0) {
    console.log(`It does not agree with the bank's ledger (differences: ${differences.length}).`);
    process.exitCode = 1;
  } else {
    console.log(
      "It agrees with the bank's ledger: who is completed was paid once, to the last minor unit, and nobody else.",
    );
    if (open > 0)
      console.log('The open ones may be with the bank at this moment: audit it again once it has finished.');
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
