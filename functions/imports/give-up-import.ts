import { imports } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/sqs.ts';
import { importMessage } from './message.ts';

const failure = 'Importing failed again and again. What was stored stays; upload the file again to go on.';

/** ImportsDeadLetterQueue */
export const handler = sqs(importMessage, async ({ importId }) => {
  const { status } = await imports().imports.move(importId, 'FAILED', { failure });
  return { import_id: importId, status };
});
