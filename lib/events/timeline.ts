import { entryOf, type TimelineEntry } from '../kernel/timeline.ts';
import type { CloudEvent } from './cloud-event.ts';
import type { EventRecord } from './ports.ts';

/** An event in the timeline of the entity that it concerns. */
export type Described = Pick<TimelineEntry, 'kind' | 'sentence'>;

/** The entries of events, and of their publications. */
export function eventEntries(
  records: readonly EventRecord[],
  describe: (event: CloudEvent) => Described,
): TimelineEntry[] {
  return records.flatMap(({ event, publishedAt }) => {
    const { principalid: id, principalname: name } = event;
    const principal = id === undefined || name === undefined ? null : { id, name };
    return [
      { at: event.time, reference: null, principal, ...describe(event) },
      ...(publishedAt === undefined
        ? []
        : [entryOf(publishedAt, 'published', `The event ${event.type} was published.`)]),
    ];
  });
}
