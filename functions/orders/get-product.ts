import { orders } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { readProduct } from '../../lib/orders/read-product.ts';
import { productView } from '../../lib/orders/view.ts';

/** GET /products/{product_id} */
export const handler = http({}, async (request) => ({
  status: 200,
  body: productView(await readProduct(orders(), request.path('product_id'))),
}));
