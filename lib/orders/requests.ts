import type { ErrorDetail } from '../kernel/errors.ts';
import { problemsIn } from '../kernel/fields.ts';
import type { ProductId } from './ids.ts';
import type { OrderRequest } from './order.ts';
import type { ProductRequest } from './product.ts';
import { cartRequest, MAX_QUANTITY, productRequest, singleOrderRequest } from './schemas.ts';

/** A request as its sender meant it, or everything that is wrong with it. */
type Parsed<Request> = { readonly request: Request } | { readonly problems: readonly ErrorDetail[] };

export function parseProductRequest(body: unknown): Parsed<ProductRequest> {
  const { data, error } = productRequest.safeParse(body);
  if (error) return { problems: problemsIn(error) };
  const { id, name, stock, price_cents } = data;
  const request = { name, stock: Number(stock), priceCents: price_cents };
  return { request: id === undefined ? request : { id: id as ProductId, ...request } };
}

/** An order of one product is a cart with one line, and a product on several lines is asked for once, with their sum. */
export function parseOrderRequest(body: unknown): Parsed<OrderRequest> {
  const isCart = typeof body === 'object' && body !== null && 'lines' in body && !('product_id' in body);
  const { data, error } = (isCart ? cartRequest : singleOrderRequest).safeParse(body);
  if (error) return { problems: problemsIn(error) };
  const asked = data.lines ?? [data];
  const quantities = new Map<ProductId, bigint>();
  for (const { product_id, quantity } of asked) {
    const id = product_id as ProductId;
    quantities.set(id, (quantities.get(id) ?? 0n) + quantity);
  }
  const tooMuch = [...quantities].filter(([, quantity]) => quantity > MAX_QUANTITY);
  if (tooMuch.length > 0) {
    const reason = (id: ProductId, quantity: bigint) =>
      `ask for ${quantity} of "${id}" together, at most ${MAX_QUANTITY} are allowed`;
    return { problems: tooMuch.map(([id, quantity]) => ({ path: 'lines', reason: reason(id, quantity) })) };
  }
  const lines = [...quantities].map(([productId, quantity]) => ({ productId, quantity: Number(quantity) }));
  return { request: { buyerId: data.buyer_id, lines } };
}
