import { imports } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { importFile } from '../../lib/imports/import-file.ts';
import { importMessage } from '../../lib/imports/message.ts';

/** ImportsQueue: messages from S3 and from Sluice */
export const handler = sqs(importMessage, async ({ importIds }) => {
  const outcomes = [];
  for (const id of importIds) outcomes.push(await importFile(imports(), id));
  return { import_ids: importIds, outcomes };
});
