import { AppError } from '../kernel/errors.ts';
import { parseOrderId } from './ids.ts';
import type { Order } from './order.ts';
import type { OrderDeps } from './ports.ts';

/** @throws AppError NOT_FOUND */
export async function readOrder({ orders }: OrderDeps, text: string): Promise<Order> {
  const id = parseOrderId(text);
  const order = id && (await orders.read(id));
  if (!order) throw new AppError('NOT_FOUND', { message: 'There is no such order.' });
  return order;
}
