import { audit } from '../../lib/container.ts';
import { sqs } from '../../lib/edge/batch.ts';
import { cloudEventSchema, named } from '../../lib/events/cloud-event.ts';

/** AuditQueue */
export const handler = sqs(cloudEventSchema, async (event) => {
  const isNew = await audit().audit.append(event);
  return { ...named(event), result: isNew ? 'appended' : 'known' };
});
