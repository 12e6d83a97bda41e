import { chunk } from 'es-toolkit';
import pMap from 'p-map';
import { type CloudEvent, positionOf } from '../events/index.ts';
import { type Delivery, type DeliveryId, deliveryIdOf } from './delivery.ts';
import { type Endpoint, type EndpointId, wants } from './endpoint.ts';
import type { DeliveryDeps, Wake } from './ports.ts';

const WRITES_AT_ONCE = 10;
const IDS_PER_MESSAGE = 50;

type StoreDeps = Pick<DeliveryDeps, 'endpoints' | 'deliveries' | 'queue' | 'now'>;

/**
 * Stores a delivery for each endpoint that wants an event, then sends messages for them. If it dies in between, the events
 * come again, and recovery finds what is stored. @returns how many are new
 */
export async function storeDeliveries(deps: StoreDeps, events: readonly CloudEvent[]): Promise<number> {
  const endpoints = await deps.endpoints.all();
  const wanted = endpoints.flatMap((endpoint) =>
    events.filter((event) => wants(endpoint, event)).map((event) => ({ endpoint, event })),
  );
  const stored = await pMap(
    wanted,
    async ({ endpoint, event }) => {
      const delivery = newDelivery(deps, endpoint, event);
      return (await deps.deliveries.insert(delivery)) ? [delivery] : [];
    },
    { concurrency: WRITES_AT_ONCE },
  );
  const isOpen = ({ endpointId }: Delivery) => endpoints.some(({ id, enabled }) => id === endpointId && enabled);
  await deps.queue.send(wakesFor(stored.flat().filter(isOpen)));
  return stored.flat().length;
}

type Happened = Pick<CloudEvent, 'id' | 'time' | 'subject' | 'type'>;

export function newDelivery({ now }: Pick<StoreDeps, 'now'>, { id }: Endpoint, event: Happened): Delivery {
  const key = { subject: event.subject, position: positionOf(event) };
  const createdAt = new Date(now()).toISOString();
  return {
    ...{ id: deliveryIdOf(id, key), endpointId: id, event: key, type: event.type },
    ...{ status: 'pending', createdAt, at: createdAt, failures: 0, replays: 0, attempts: [] },
  };
}

/** One message for each endpoint, or more if it has many. */
export function wakesFor(deliveries: readonly Delivery[]): Wake[] {
  return [...Map.groupBy(deliveries, ({ endpointId }) => endpointId)].flatMap(([endpointId, those]) =>
    chunk(those, IDS_PER_MESSAGE).map((some) =>
      wakeOf(
        endpointId,
        some.map(({ id }) => id),
      ),
    ),
  );
}

/** Without ids it looks for what is due. */
export const wakeOf = (endpointId: EndpointId, ids: readonly DeliveryId[] = []): Wake => ({
  ...{ kind: 'wake', endpointId, ids, waited: false },
});
