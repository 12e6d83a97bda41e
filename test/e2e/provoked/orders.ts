import { keyed, newName, notFound, type Provocations } from '../../support/provoke.ts';
import type { Service } from '../../support/service.ts';

/** A product with one piece in stock. */
async function aProduct(service: Service): Promise<string> {
  const id = newName('product');
  await service.post('/products', { id, name: 'Poster', stock: 1, price_cents: 500 });
  return id;
}

const order = (product_id: string, quantity = 1) => ({ buyer_id: 'ana', product_id, quantity });

export const orders: Provocations = {
  getProduct: notFound('GET', '/products/none'),
  getOrder: notFound('GET', '/orders/ord_none'),
  createProduct: {
    IDEMPOTENCY_MISMATCH: async (service) => {
      const id = await aProduct(service);
      return service.post('/products', { id, name: 'Poster', stock: 2, price_cents: 500 });
    },
  },
  placeOrder: {
    ...notFound('POST', '/orders', order('none')),
    OUT_OF_STOCK: async (service) => service.post('/orders', order(await aProduct(service), 2)),
    IDEMPOTENCY_MISMATCH: async (service) => {
      const key = keyed();
      await service.post('/orders', order(await aProduct(service)), key);
      return service.post('/orders', order(await aProduct(service)), key);
    },
  },
};
