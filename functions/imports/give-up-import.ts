import { imports } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { importMessage } from './message.ts';

const failure = 'Importing failed again and again. What was stored stays; upload the file again to go on.';

/** ImportsDeadLetterQueue */
export const handler = sqs(importMessage, async ({ importIds }) => {
  const statuses = [];
  for (const id of importIds) statuses.push((await imports().imports.move(id, 'FAILED', { failure })).status);
  return { import_ids: importIds, statuses };
});
