import { z } from 'zod';
import { count, instant, object, orNull, otherwise, text, time, wholeNumber } from '../kernel/fields.ts';
import { DELIVERY_STATUSES } from './delivery.ts';
import { DISABLE_REASONS, type EndpointSettings, isFilter } from './endpoint.ts';

const DAY_SECONDS = 86_400n;

const url = text(2_048).meta({
  format: 'uri',
  description: 'https on port 443 or 8443, of a public address. Redirects are not followed.',
});
const eventTypes = z
  .array(
    z.string(otherwise('must be a string')).refine(isFilter, 'matches no event: see docs/events.md'),
    otherwise('must be a list'),
  )
  .min(1, 'must not be empty')
  .max(100, 'must have at most 100 entries')
  .meta({ description: 'Names of events, such as `payout.failed`, `payout.*`, or `*` for all.' });
const description = z.string(otherwise('must be a string')).max(500, 'must have at most 500 characters');
const enabled = z.boolean('must be true or false');

/** The body of POST /webhook-endpoints. */
export const endpointRequest = object({
  url,
  event_types: eventTypes.default(['*']),
  description: description.default(''),
  enabled: enabled.default(true),
})
  .transform(({ event_types: types, ...same }): EndpointSettings => ({ ...same, types }))
  .meta({ id: 'WebhookEndpointRequest' });

/** The body of PATCH /webhook-endpoints/{endpoint_id}. */
export const endpointChange = object({
  url: url.optional(),
  event_types: eventTypes.optional(),
  description: description.optional(),
  enabled: enabled.optional(),
})
  .transform(({ event_types: types, ...same }): Partial<EndpointSettings> => {
    const given = Object.entries({ ...same, types }).filter(([, value]) => value !== undefined);
    return Object.fromEntries(given);
  })
  .meta({ id: 'WebhookEndpointChange', description: 'Absent fields do not change.' });

/** The body of POST /webhook-endpoints/{endpoint_id}/rotate. */
export const rotateRequest = object({
  overlap_seconds: wholeNumber(0n, 30n * DAY_SECONDS)
    .optional()
    .meta({ description: 'The old secret signs for so long; a day by default, at most 30 days.' }),
})
  .transform(({ overlap_seconds: overlap = DAY_SECONDS }) => ({ overlapMs: Number(overlap) * 1_000 }))
  .meta({ id: 'WebhookRotateRequest' });

/** The body of POST /webhook-endpoints/{endpoint_id}/replay. */
export const replayRequest = object({
  from: instant.optional().meta({ description: 'Included: everything that happened from then on is sent again.' }),
  to: instant.optional().meta({ description: 'Not included.' }),
})
  .superRefine(({ from, to }, context) => {
    if ((from === undefined) !== (to === undefined)) {
      const path = [from === undefined ? 'from' : 'to'];
      context.addIssue({ code: 'custom', path, message: 'is needed for a range' });
    } else if (from !== undefined && to !== undefined && from >= to) {
      context.addIssue({ code: 'custom', path: ['from'], message: 'must be before to' });
    } else if (from !== undefined && to !== undefined && to - from > 31 * 86_400_000) {
      context.addIssue({ code: 'custom', path: ['from'], message: 'must be at most 31 days before to' });
    }
  })
  .transform(({ from, to }) => (from === undefined || to === undefined ? undefined : { from, to }))
  .meta({ id: 'WebhookReplayRequest', description: 'Without a range, all deliveries that failed are sent again.' });

const endpoint = {
  endpoint_id: z.string(),
  url: z.string(),
  event_types: z.array(z.string()),
  description: z.string(),
  enabled: z.boolean(),
  disabled_reason: orNull(z.enum(DISABLE_REASONS)).meta({
    description:
      'Why the service has disabled it. `gone`: it answered 410. `failing`: no call has succeeded for five days.',
  }),
  failing_since: orNull(time()).meta({ description: 'Since then every call has failed.' }),
  created_at: time(),
  old_secrets_until: orNull(time()).meta({ description: 'While its secret is rotated: when the old ones end.' }),
};
export const endpointAnswer = z.object(endpoint).meta({ id: 'WebhookEndpoint' });
export const newSecretAnswer = z
  .object({
    ...endpoint,
    secret: z.string().optional().meta({
      description: 'Verifies the signatures. Only in the first answer: a repeated request does not return it.',
    }),
  })
  .meta({ id: 'WebhookEndpointWithSecret' });

const delivery = {
  delivery_id: z.string().meta({ description: 'The `webhook-id` of all its attempts.' }),
  endpoint_id: z.string(),
  event_id: z.string(),
  event_type: z.string(),
  subject: z.string(),
  status: z.enum(DELIVERY_STATUSES),
  created_at: time(),
  next_attempt_at: orNull(time()),
  ended_at: orNull(time()),
  attempt_count: count(),
  replay_count: count(),
};
export const deliveryAnswer = z.object(delivery).meta({ id: 'WebhookDelivery' });
export const deliveryWithAttempts = z
  .object({
    ...delivery,
    attempts: z.array(
      z
        .object({
          at: time(),
          duration_ms: count(),
          status: orNull(z.int()).meta({ description: 'The HTTP status of the answer. Null: there was none.' }),
          error: orNull(z.string()),
          answer: orNull(z.string()).meta({ description: 'Its first 16 KB.' }),
        })
        .meta({ id: 'WebhookAttempt' }),
    ),
  })
  .meta({ id: 'WebhookDeliveryWithAttempts' });

export const replayAnswer = z.object({ replay_id: z.string(), endpoint_id: z.string() }).meta({ id: 'WebhookReplay' });

export const deliveryQuery = {
  status: z.enum(DELIVERY_STATUSES, `must be one of ${DELIVERY_STATUSES.join(', ')}`).optional(),
};
