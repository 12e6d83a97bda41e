import { z } from 'zod';
import { time } from '../kernel/fields.ts';
import { EVENT_TYPES } from './event.ts';

/** A published event (cloud-event.ts). */
export const eventAnswer = z
  .object({
    specversion: z.literal('1.0'),
    id: z.string(),
    source: z.string().meta({ description: 'The domain, such as `/sluice/wallets`.' }),
    type: z.enum(EVENT_TYPES),
    subject: z.string().meta({ description: 'The id of the entity that changed.' }),
    time: time(),
    datacontenttype: z.literal('application/json'),
    requestid: z.string().optional().meta({ description: 'The request, message or run that caused it.' }),
    data: z.record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean(), z.null(), z.record(z.string(), z.string())]),
    ),
  })
  .meta({ id: 'CloudEvent', description: 'CloudEvents 1.0. Amounts are strings of minor units.' });
