import { imports } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { deadImports } from '../../lib/imports/dead-imports.ts';
import { recordDeadLetter } from '../../lib/recovery/index.ts';
import { importMessage } from './message.ts';

/** ImportsDeadLetterQueue */
export const handler = sqs(importMessage, (message, delivery) =>
  recordDeadLetter(deadImports(imports()), message, delivery),
);
