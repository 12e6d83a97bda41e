import { audit } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { appendAudit } from '../../lib/events/append-audit.ts';
import { cloudEventSchema, logFieldsOf } from '../../lib/events/cloud-event.ts';

/** AuditQueue */
export const handler = sqs(cloudEventSchema, async (event) => ({
  ...logFieldsOf(event),
  result: await appendAudit(audit(), event),
}));
