import type { DomainEvent } from '../../lib/events/event.ts';
import { newEventItem } from '../../lib/events/items.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { differencesInEvents } from '../../scripts/verify/events-checks.ts';
import { NOW } from './builders.ts';

/*
 * Events and what they are compared with by verify.
 */

export const RECORDED_AT = Date.parse(NOW);
/** By this time every event must be published. */
export const LATER = RECORDED_AT + 60 * 60_000;

/** @param name its type and what follows it in its id */
export const event = (name: string, data: DomainEvent['data'] = {}): DomainEvent => ({
  ...{ id: name, type: name.split(':')[0] as DomainEvent['type'], source: '/sluice', subject: name, time: NOW },
  data: { amount: '400', ...(name.startsWith('withdrawal') ? { asset: 'ETH' } : { currency: 'IDR' }), ...data },
});

/** The item of an event that the relay has published. */
export const asPublished = (given: DomainEvent): Item => {
  const { gsi1pk: _, ...item } = newEventItem(given);
  return { ...item, published_at: NOW };
};

export type Tables = Record<'events' | 'others', readonly Item[]>;

/** The checks that find differences. */
export const found = (tables: Tables, now = LATER) =>
  new Set(differencesInEvents(tables, now).map(({ check }) => check));

export const messages = (tables: Tables) =>
  differencesInEvents(tables, LATER)
    .map(({ message }) => message)
    .join('\n');
