/** `npm run redrive -- <batch>`: puts the dead-lettered chunks of a batch back to work. */

import { Client, endpointsOf } from './client.ts';

const [id] = process.argv.slice(2);
if (id === undefined) {
  console.error('Which batch? npm run redrive -- <batch id>');
  process.exit(2);
}

try {
  const { redriven_chunks: chunks } = await new Client(endpointsOf()).redrive(id);
  console.log(
    chunks.length === 0
      ? `Batch ${id} has no dead letters.`
      : `Batch ${id}: chunks ${chunks.join(', ')} are back at work.`,
  );
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
