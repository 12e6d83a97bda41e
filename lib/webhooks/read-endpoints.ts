import { orNotFound } from '../kernel/errors.ts';
import type { Page, PageRequest } from '../kernel/page.ts';
import { existing } from './create-endpoint.ts';
import { type Delivery, type DeliveryStatus, deliveryIdIn } from './delivery.ts';
import type { Endpoint } from './endpoint.ts';
import type { DeliveryDeps, EndpointDeps, Turn } from './ports.ts';

export type ShownEndpoint = { readonly endpoint: Endpoint; readonly turn: Turn };

/** @throws AppError NOT_FOUND */
export async function readEndpoint(deps: EndpointDeps, id: string): Promise<ShownEndpoint> {
  const endpoint = await existing(deps, id);
  return { endpoint, turn: (await deps.turns.read([endpoint.id])).get(endpoint.id) ?? {} };
}

/** The oldest first. */
export async function listEndpoints({ endpoints, turns }: EndpointDeps): Promise<ShownEndpoint[]> {
  const all = await endpoints.all();
  const byId = await turns.read(all.map(({ id }) => id));
  return all.map((endpoint) => ({ endpoint, turn: byId.get(endpoint.id) ?? {} }));
}

/** The last to change first. @throws AppError NOT_FOUND */
export async function listDeliveries(
  deps: DeliveryDeps,
  id: string,
  page: PageRequest & { readonly status?: DeliveryStatus | undefined },
): Promise<Page<Delivery>> {
  return deps.deliveries.list((await existing(deps, id)).id, page);
}

/** `answers`: the long ones, by the number of the attempt. */
export type ShownDelivery = { readonly delivery: Delivery; readonly answers: ReadonlyMap<number, string> };

/** @throws AppError NOT_FOUND */
export async function readDelivery({ deliveries }: DeliveryDeps, id: string): Promise<ShownDelivery> {
  const deliveryId = deliveryIdIn(id);
  const delivery = orNotFound(deliveryId && (await deliveries.read(deliveryId)), `There is no delivery ${id}.`);
  const isLong = delivery.attempts.some(({ hasMore }) => hasMore);
  return { delivery, answers: isLong ? await deliveries.answers(delivery.id) : new Map() };
}
