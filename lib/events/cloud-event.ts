import { z } from 'zod';
import { hasDay } from '../kernel/day.ts';
import type { DomainEvent } from './event.ts';

/**
 * A published event: the CloudEvents 1.0 envelope in its JSON format. `requestid` is an extension of Sluice; readers keep
 * other extensions. Source: CloudEvents 1.0.2, JSON Event Format.
 */
export type CloudEvent = z.output<typeof cloudEventSchema>;

const attribute = z.string().min(1);

export const cloudEventSchema = z.looseObject({
  specversion: z.literal('1.0'),
  id: attribute,
  source: attribute,
  type: attribute,
  subject: attribute,
  time: z.iso.datetime({ offset: true }).refine((text) => hasDay(Date.parse(text))),
  datacontenttype: z.literal('application/json'),
  requestid: attribute.optional(),
  data: z.record(z.string(), z.unknown()),
});

export function cloudEvent({ id, type, source, subject, time, requestId, data }: DomainEvent): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time,
    datacontenttype: 'application/json',
    ...(requestId === undefined ? {} : { requestid: requestId }),
    data,
  };
}

/** The log fields of an event. */
export function logFieldsOf({ id, subject, requestid }: Pick<CloudEvent, 'id' | 'subject' | 'requestid'>) {
  return { event_id: id, subject, request_id: requestid };
}
