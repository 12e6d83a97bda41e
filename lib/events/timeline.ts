import { entryOf, type TimelineEntry } from '../kernel/timeline.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { EventRecord } from './ports.ts';

/** What an event says of the entity whose timeline it is. */
export type Told = Pick<TimelineEntry, 'kind' | 'sentence'>;

/** The entries of events, and of their publications. */
export function eventEntries(records: readonly EventRecord[], tell: (event: CloudEvent) => Told): TimelineEntry[] {
  return records.flatMap(({ event, publishedAt }) => {
    const { principalid: id, principalname: name } = event;
    const principal = id === undefined || name === undefined ? null : { id, name };
    return [
      { at: event.time, reference: null, principal, ...tell(event) },
      ...(publishedAt === undefined
        ? []
        : [entryOf(publishedAt, 'published', `The event ${event.type} was published.`)]),
    ];
  });
}
