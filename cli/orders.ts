import type { Order, Product } from '../client/index.ts';
import { type AddTo, action, example } from './action.ts';
import { facts, table, time } from './output/text.ts';

export const orders: AddTo = (program) => {
  program
    .command('orders')
    .description('orders of products')
    .command('get <order_id>')
    .description('shows an order')
    .addHelpText(...example('orders get ord_0123456789abcdef0123456789abcdef'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const order = await cli.api().orders.get(id);
        cli.print(order, orderText(order), [id]);
      }),
    );
};

export const products: AddTo = (program) => {
  program
    .command('products')
    .description('products with a limited stock')
    .command('get <product_id>')
    .description('shows a product with its stock')
    .addHelpText(...example('products get tour-shirt-m'))
    .action(
      action<object, [string]>(async (cli, _options, id) => {
        const product = await cli.api().products.get(id);
        cli.print(product, productText(product), [id]);
      }),
    );
};

const orderText = ({ id, buyer_id, lines, total_cents, created_at }: Order) => {
  const head = facts([
    ['order', id],
    ['buyer', buyer_id],
    ['total (cents)', `${total_cents}`],
    ['created', time(created_at)],
  ]);
  const rows = lines.map(({ product_id, quantity, price_cents }) => [product_id, quantity, price_cents]);
  return `${head}\n\n${table(['PRODUCT', 'QUANTITY', 'PRICE (CENTS)'], rows, 'It has no lines.')}`;
};

const productText = ({ id, name, price_cents, stock, initial_stock, sold, created_at }: Product) =>
  facts([
    ['product', id],
    ['name', name],
    ['price (cents)', price_cents],
    ['stock', `${stock} of ${initial_stock}`],
    ['sold', sold],
    ['created', time(created_at)],
  ]);
