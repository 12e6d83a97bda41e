import type { DomainEvent } from './event.ts';

/**
 * A published event: the CloudEvents 1.0 envelope in its JSON format. `requestid`, `principalid` and `principalname` are extensions.
 * Source: CloudEvents 1.0.2, JSON Event Format.
 */
export type CloudEvent = Omit<DomainEvent, 'requestId' | 'principal'> & {
  readonly specversion: '1.0';
  readonly datacontenttype: 'application/json';
  readonly requestid?: string;
  readonly principalid?: string;
  readonly principalname?: string;
};

export function cloudEvent({ id, type, source, subject, time, requestId, principal, data }: DomainEvent): CloudEvent {
  return {
    specversion: '1.0',
    id,
    source,
    type,
    subject,
    time,
    datacontenttype: 'application/json',
    ...(requestId === undefined ? {} : { requestid: requestId }),
    ...(principal === undefined ? {} : { principalid: principal.id, principalname: principal.name }),
    data,
  };
}
