import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { Order } from './order.ts';
import type { Product } from './product.ts';

const source = '/sluice/orders';

export function productCreated(deps: EventDeps, { id, name, stock, priceCents }: Product): DomainEvent {
  const data = { product_id: id, name, stock, price_cents: `${priceCents}` };
  return eventOf(deps, { type: 'product.created', source, subject: id, data });
}

export function orderPlaced(deps: EventDeps, { id, buyerId, totalCents, lines }: Order): DomainEvent {
  const data = { order_id: id, buyer_id: buyerId, total_cents: `${totalCents}`, line_count: lines.length };
  return eventOf(deps, { type: 'order.placed', source, subject: id, data });
}
