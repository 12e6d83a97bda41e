import type { z } from 'zod';
import { exactNumber } from '../kernel/exact-json.ts';
import type { orderAnswer, productAnswer } from './answers.ts';
import type { Order, OrderLine } from './order.ts';
import type { Product } from './product.ts';

/** Only fields that never change, so that a repeated request gets the same answer at any time. */
export function createdView(product: Product): z.input<typeof productAnswer> {
  return productView({ ...product, stock: product.initialStock });
}

export function productView({
  id,
  name,
  priceCents,
  stock,
  initialStock,
  createdAt,
}: Product): z.input<typeof productAnswer> {
  return {
    id,
    name,
    price_cents: exactNumber(`${priceCents}`),
    stock,
    initial_stock: initialStock,
    sold: initialStock - stock,
    created_at: createdAt,
  };
}

/** An order of one product has its fields at the top level too, as the request may have. */
export function orderView({ id, buyerId, lines, totalCents, createdAt }: Order): z.input<typeof orderAnswer> {
  const shown = lines.map(lineView);
  return {
    id,
    buyer_id: buyerId,
    ...(shown.length === 1 ? shown[0] : {}),
    lines: shown,
    total_cents: exactNumber(`${totalCents}`),
    created_at: createdAt,
  };
}

function lineView({ productId, quantity, priceCents }: OrderLine) {
  return { product_id: productId, quantity, price_cents: exactNumber(`${priceCents}`) };
}
