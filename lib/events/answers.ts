import { z } from 'zod';
import { time } from '../kernel/fields.ts';
import { EVENT_TYPES } from './schemas.ts';

/** The fields of a published event (cloud-event.ts) besides its type and data. */
export const envelope = {
  specversion: z.literal('1.0'),
  id: z.string().meta({ description: 'The same whenever the event is delivered again.' }),
  source: z.string().meta({ example: '/sluice/payouts' }),
  subject: z.string().meta({ description: 'The id of the entity that changed.' }),
  time: time(),
  datacontenttype: z.literal('application/json'),
  requestid: z.string().optional().meta({ description: 'The X-Request-Id of the request that caused it.' }),
  principalid: z.string().optional().meta({ description: 'The key that caused it. The service itself has none.' }),
  principalname: z.string().optional().meta({ description: 'The name of this key.' }),
};

const simple = [z.string(), z.number(), z.boolean(), z.null()] as const;
const value = z.union([
  ...simple,
  z.record(z.string(), z.string()),
  z.array(z.record(z.string(), z.union(simple))).meta({ description: 'What changed together.' }),
]);

/** An event of any type. The webhooks of the document have the data of each. */
export const eventAnswer = z
  .object({ ...envelope, type: z.enum(EVENT_TYPES), data: z.record(z.string(), value) })
  .meta({ id: 'CloudEvent', description: 'CloudEvents 1.0. Amounts are strings of minor units.' });
