import { productOf } from '../../lib/orders/items.ts';
import { differencesInOrders } from '../../scripts/verify/orders-checks.ts';
import { Actor, crowd, judgeSameAnswer } from './client.ts';
import type { Domain } from './domain.ts';
import type { SimulatedWorld } from './world.ts';

const PRODUCTS = ['ticket', 'shirt', 'mug'];

export const orders: Domain = {
  name: 'orders',
  tables: ['ORDERS_TABLE'],

  set() {},

  async play(world) {
    const seller = new Actor(world, 'seller');
    for (const id of PRODUCTS) {
      const [stock, price_cents] = [seller.chance.between(0, 12), seller.chance.between(1, 900)];
      await seller.insist('createProduct', { body: { id, name: id, stock, price_cents } });
    }
    const [many, withinMs] = [world.chance.between(4, 30), world.chance.oneOf([300, 20_000])];
    await crowd(world, { kind: 'buyer', many, withinMs }, (actor, nth) => buyer(world, actor, nth));
  },

  async settle() {},

  async judge(world) {
    for (const { message } of differencesInOrders(await world.items('ORDERS_TABLE'))) world.find(message);
  },
};

async function buyer(world: SimulatedWorld, actor: Actor, nth: number): Promise<void> {
  const { chance } = actor;
  const chosen = PRODUCTS.filter(() => chance.isTrue(0.5));
  const lines = (chosen.length > 0 ? chosen : ['ticket']).map((product_id) => ({
    product_id,
    quantity: chance.between(1, 4),
  }));
  const headers = { 'Idempotency-Key': `key-${nth}` };
  const copies = chance.isTrue(0.3) ? 3 : 1;
  const ask = () => actor.insist('placeOrder', { headers, body: { buyer_id: `buyer-${nth}`, lines } });
  const replies = (await Promise.all(Array.from({ length: copies }, ask))).flatMap((reply) => reply ?? []);
  const placed = new Set(replies.flatMap(({ body }) => (body as { id?: string })?.id ?? []));
  if (placed.size > 1) world.find(`key-${nth} has two orders`);
  judgeSameAnswer(
    world,
    `key-${nth}`,
    replies.filter(({ status }) => status < 300),
  );
  const [order] = replies.filter(({ status }) => status < 300);
  if (order) await readBack(world, actor, order.body as { id: string });
  // OUT_OF_STOCK is not stored under the key, so another copy may still have placed the order.
  const refused = replies.find(({ status }) => status === 409);
  if (refused && placed.size === 0) await judgeRefusal(world, lines);
}

/** A placed order reads as it was answered. */
async function readBack(world: SimulatedWorld, actor: Actor, order: { id: string }): Promise<void> {
  const reply = await actor.ask('getOrder', { path: { order_id: order.id } });
  if (reply && reply.status < 500) judgeSameAnswer(world, order.id, [{ status: 201, body: order }, reply]);
}

/** A refused order was really short of stock: it still is, because stock only shrinks. */
async function judgeRefusal(world: SimulatedWorld, items: readonly { product_id: string; quantity: number }[]) {
  const products = (await world.items('ORDERS_TABLE')).filter(({ sk }) => sk === 'PRODUCT').map(productOf);
  const isShort = items.some(({ product_id, quantity }) =>
    products.some(({ id, stock }) => id === product_id && stock < quantity),
  );
  if (!isShort)
    world.find(`an order was refused though there is enough stock of ${items.map((each) => each.product_id)}`);
}
