import type { DomainEvent } from './event.ts';

/**
 * A published event: the CloudEvents 1.0 envelope in its JSON format. `requestid` is an extension of Sluice.
 * Source: CloudEvents 1.0.2, JSON Event Format.
 */
export type CloudEvent = Omit<DomainEvent, 'requestId'> & {
  readonly specversion: '1.0';
  readonly datacontenttype: 'application/json';
  readonly requestid?: string;
};

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
