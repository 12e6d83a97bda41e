import { orNotFound } from '../kernel/errors.ts';
import { parseOrderId } from './ids.ts';
import type { Order } from './order.ts';
import type { OrderDeps } from './ports.ts';

/** @throws AppError NOT_FOUND */
export async function readOrder({ orders }: OrderDeps, text: string): Promise<Order> {
  const id = parseOrderId(text);
  return orNotFound(id && (await orders.read(id)), 'There is no such order.');
}
