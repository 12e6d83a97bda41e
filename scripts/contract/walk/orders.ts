import type { Recorder } from '../recorder.ts';

export async function walkOrders(recorder: Recorder): Promise<void> {
  const product = { id: 'tour-shirt-m', name: 'Tour T-shirt, size M', stock: 100, price_cents: 3_490 };
  await recorder.ask('createProduct', 201, { body: product });
  const order = { buyer_id: 'ana', product_id: product.id, quantity: 2 };
  const placed = await recorder.ask('placeOrder', 200, { headers: { 'Idempotency-Key': 'cart-90117' }, body: order });
  await recorder.ask('getOrder', 200, { params: { order_id: placed.json.id } });
  await recorder.ask('getProduct', 200, { params: { product_id: product.id } });
  await recorder.ask('placeOrder', 409, { body: { ...order, quantity: 99 } });
  await recorder.ask('createProduct', 422, { body: { ...product, stock: 200 } });
  await recorder.ask('getProduct', 404, { params: { product_id: 'tour-shirt-xxl' } });
}
