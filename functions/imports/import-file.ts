import { imports } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/sqs.ts';
import { importFile } from '../../lib/imports/import-file.ts';
import { importMessage } from './message.ts';

/** ImportsQueue */
export const handler = sqs(importMessage, async ({ importId }) => ({
  import_id: importId,
  outcome: await importFile(imports(), importId),
}));
