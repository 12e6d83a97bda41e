import { describe, expect, it } from 'vitest';
import type { DomainEvent } from '../../lib/events/event.ts';
import { newEventItem } from '../../lib/events/items.ts';
import { type Delivery, deliveryIdOf } from '../../lib/webhooks/delivery.ts';
import type { Endpoint, EndpointId } from '../../lib/webhooks/endpoint.ts';
import { deliveryItem, endpointItem } from '../../lib/webhooks/items.ts';
import { newDelivery } from '../../lib/webhooks/store-deliveries.ts';
import type { Item } from '../../scripts/verify/difference.ts';
import { differencesInEvents } from '../../scripts/verify/events-checks.ts';
import { WebhookRecords, type WebhooksCheck } from '../../scripts/verify/webhooks-checks.ts';
import { paymentEvent } from '../support/events-world.ts';
import { SECRETS } from '../support/secrets.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const at = (seconds: number) => new Date(NOW + seconds * 1_000).toISOString();
const sealer = await SECRETS.sealer('webhooks');

const ID = 'webhook_00000000000000000000000000000001' as EndpointId;
/** It wanted payments that failed, and since 10 minutes ago those that are completed. */
const endpoint: Endpoint = {
  ...{ id: ID, url: 'https://example.com', description: '', enabled: false, version: 2, createdAt: at(-3_600) },
  filters: [
    { since: at(-3_600), types: ['payment.failed'] },
    { since: at(-600), types: ['payment.completed'] },
  ],
  secrets: [{ secret: 'whsec_AAAA' }],
};
const eventAt = (seconds: number, type: DomainEvent['type'] = 'payment.completed') =>
  paymentEvent({ time: at(seconds), type });
const [wanted, earlier] = [eventAt(-300), eventAt(-1_200, 'payment.failed')];
const [ofOther, near] = [eventAt(-1_200), eventAt(-610)];
const [young, waiting] = [eventAt(-59), eventAt(-300)];

const success = { at: at(-1), durationMs: 1, status: 200 };
const failure = { at: at(-1), durationMs: 1, status: 500, error: 'no' };
const to = (event: DomainEvent, changes: Partial<Delivery> = {}): Delivery => ({
  ...newDelivery({ now: () => NOW }, endpoint, event),
  ...{ status: 'delivered', attempts: [success] },
  ...changes,
});
const failed = (...attempts: Delivery['attempts']) => ({ status: 'failed' as const, failures: 2, attempts });

type Given = {
  readonly endpoint?: Partial<Endpoint>;
  readonly deliveries?: readonly (Delivery | Item)[];
  readonly events?: readonly DomainEvent[];
};
function found(given: Given = {}): [WebhooksCheck, string][] {
  const { deliveries = [to(wanted), to(earlier)], events = [wanted, earlier, ofOther, near, young] } = given;
  const records = new WebhookRecords(NOW);
  records.addEndpoint(endpointItem({ ...endpoint, ...given.endpoint }, sealer));
  for (const each of deliveries) records.addDelivery('pk' in each ? each : deliveryItem(each as Delivery));
  for (const event of events) {
    const publishedAt = new Date(Date.parse(event.time) + 1_000).toISOString();
    records.addEvent({ ...newEventItem(event), published_at: publishedAt });
  }
  records.addEvent(newEventItem(waiting));
  records.addEvent({ pk: 'COUNTERS', sk: '1' });
  return records.differences().map(({ check, message }) => [check, message]);
}

describe('webhooks', () => {
  it('have no differences if each event that matched the filter of its time has its delivery', () => {
    expect(found()).toEqual([]);
    expect(found({ deliveries: [to(wanted), to(earlier), to(near), to(young)] })).toEqual([]);
  });

  it.each<[string, Given, WebhooksCheck, string]>([
    ['an event without a delivery', { deliveries: [to(earlier)] }, 'stored', wanted.id],
    ['an event of an earlier filter without a delivery', { deliveries: [to(wanted)] }, 'stored', earlier.id],
    [
      'an event without a delivery, to an endpoint that was deleted later',
      { deliveries: [to(earlier)], endpoint: { deletedAt: at(-200) } },
      'stored',
      wanted.id,
    ],
    ['a delivery of no event', { events: [wanted] }, 'wanted', 'there is no event'],
    [
      'a delivery of an event that did not match',
      { deliveries: [to(wanted), to(earlier), to(ofOther)] },
      'wanted',
      'did not match the filter',
    ],
    [
      'a delivery to no endpoint',
      {
        deliveries: [
          ...[to(wanted), to(earlier)],
          {
            ...to(wanted, { endpointId: 'webhook_9' as EndpointId }),
            id: deliveryIdOf('webhook_9' as EndpointId, to(wanted).event),
          },
        ],
      },
      'wanted',
      'there is no endpoint webhook_9',
    ],
    [
      'a delivery under another id',
      { deliveries: [to(wanted), to(earlier), { ...to(wanted), id: `msg_${'0'.repeat(32)}` as Delivery['id'] }] },
      'readable',
      `msg_${'0'.repeat(32)}`,
    ],
    [
      'a delivery that is unreadable',
      { deliveries: [to(wanted), to(earlier), { ...deliveryItem(to(wanted)), pk: 'DELIVERY#msg_x', status: 'lost' }] },
      'readable',
      'DELIVERY#msg_x',
    ],
    [
      'a delivered one without a success',
      { deliveries: [to(wanted, { attempts: [failure] }), to(earlier)] },
      'attempts',
      'no attempt has succeeded',
    ],
    [
      'a failed one with a success since it was replayed',
      { deliveries: [to(wanted, failed(failure, success)), to(earlier)] },
      'attempts',
      'since it was last replayed',
    ],
    [
      'a failed one without its attempts',
      { deliveries: [to(wanted, failed(failure)), to(earlier)] },
      'attempts',
      'fewer attempts than failures',
    ],
    [
      'a pending one without its attempts',
      { deliveries: [to(wanted, { ...failed(failure), status: 'pending' }), to(earlier)] },
      'attempts',
      'fewer attempts than failures',
    ],
  ])('%s is found', (_what, given, check, named) => {
    const differences = found(given);
    expect(differences.map(([name]) => name)).toContain(check);
    expect(differences.map(([, message]) => message).join('\n')).toContain(named);
    // A delivery under another id is of no use to its event.
    expect(differences.filter(([name]) => name !== check && check !== 'readable')).toEqual([]);
  });

  it('that were replayed may have succeeded before', () =>
    expect(found({ deliveries: [to(wanted, failed(success, failure, failure)), to(earlier)] })).toEqual([]));

  it('of an endpoint that was deleted before an event was published have no delivery', () =>
    expect(found({ deliveries: [to(earlier)], endpoint: { deletedAt: at(-299 + 30) } })).toEqual([]));
});

describe('the events of webhooks', () => {
  const changed: Endpoint = { ...endpoint, version: 3, deletedAt: at(-10) };
  const delivery = to(wanted, { replays: 2 });
  const others = [endpointItem(changed, sealer), deliveryItem(delivery)];
  const IDS = [
    ...[`webhook_endpoint.created:${ID}:1`, `webhook_endpoint.secret_rotated:${ID}:2`],
    ...[
      `webhook_endpoint.deleted:${ID}:3`,
      `webhook_endpoint.test:${ID}:t`,
      `webhook_endpoint.replay_requested:${ID}:r`,
    ],
    ...[`webhook_delivery.replayed:${delivery.id}:2`],
  ];
  const stored = (id: string) => {
    const [type = '', subject = ''] = id.split(':');
    const { gsi1pk: _, ...item } = newEventItem({ ...eventAt(-60, type as DomainEvent['type']), id, subject });
    return { ...item, published_at: at(-59) };
  };
  const problems = (ids: readonly string[], items: readonly Item[] = others) =>
    differencesInEvents({ events: ids.map(stored), others: items }, NOW, true).map(({ message }) => message);

  it('are those of each version of an endpoint and of each replay of one delivery', () => {
    expect(problems(IDS)).toEqual([]);
    const together = deliveryItem({ ...delivery, replayId: 'r' });
    expect(problems(IDS.slice(0, -1), [others[0] as Item, together])).toEqual([]);
  });

  it.each([0, 1, 2, 5])('are missed: %i', (index) => {
    const others = problems(IDS.toSpliced(index, 1));
    expect(others).toEqual([expect.stringContaining('happened, but has no event')]);
  });

  it.each([
    `webhook_endpoint.changed:${ID}:2`,
    `webhook_endpoint.changed:${ID}:4`,
    `webhook_endpoint.disabled:${ID}:3`,
    'webhook_endpoint.test:webhook_9:t',
    `webhook_delivery.replayed:${delivery.id}:3`,
  ])('that did not happen are found: %s', (id) =>
    expect(problems([...IDS, id])).toEqual([expect.stringContaining('did not happen')]),
  );
});
