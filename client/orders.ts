import type { Order, OrderRequest, Product, ProductRequest } from './contract.ts';
import type { CallOptions, Transport } from './transport.ts';

/** Products with a limited stock. */
export class Products {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(body: ProductRequest, options?: CallOptions): Promise<Product> {
    return this.#transport.call('createProduct', { body }, options);
  }

  get(id: string, options?: CallOptions): Promise<Product> {
    return this.#transport.call('getProduct', { params: { product_id: id } }, options);
  }
}

export class Orders {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sells all lines or nothing. @throws SluiceError OUT_OF_STOCK: `details` names the products */
  create(body: OrderRequest, options?: CallOptions): Promise<Order> {
    return this.#transport.call('placeOrder', { body }, options);
  }

  get(id: string, options?: CallOptions): Promise<Order> {
    return this.#transport.call('getOrder', { params: { order_id: id } }, options);
  }
}
