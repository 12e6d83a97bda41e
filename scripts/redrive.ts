/** `npm run redrive -- <batch>`: puts the dead-lettered chunks of a batch back to work. */

import { Client, endpointsOf } from './client.ts';

const [id, ...rest] = process.argv.slice(2);
if (!id || rest.length > 0) {
  console.error('Which batch? npm run redrive -- <batch id>');
  process.exit(2);
}

try {
  const { redriven_chunks: chunks } = await new Client(endpointsOf()).redrive(id);
  if (chunks.length === 0) console.log(`Batch ${id} has no dead letters.`);
  else console.log(`Batch ${id}: ${chunks.length} of its chunks go back to work: ${chunks.join(', ')}.`);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
