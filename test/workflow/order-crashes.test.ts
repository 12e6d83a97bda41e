import { expect } from 'vitest';
import { orderDeps } from '../../lib/dependencies/orders.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { createProduct } from '../../lib/orders/create-product.ts';
import type { ProductId } from '../../lib/orders/ids.ts';
import { placeOrder } from '../../lib/orders/place-order.ts';
import type { OrderDeps } from '../../lib/orders/ports.ts';
import { CrashPlan, Process } from '../support/crash.ts';
import { crashMatrix } from '../support/crash-matrix.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { mortalClient } from '../support/faults.ts';
import { order, Shop } from '../support/shop.ts';

const database = await givenADatabase();
const KEY = 'k' as IdempotencyKey;

type Scenario = {
  readonly name: string;
  /** Initial stock of `shirt` and `cap`. */
  readonly stocks: Record<string, number>;
  /** How many transactions conflict before one succeeds. */
  readonly conflicts?: number;
  /** Runs before the scenario. */
  readonly given?: (shop: Shop) => Promise<unknown>;
  readonly request: (deps: OrderDeps, key: IdempotencyKey | undefined) => Promise<unknown>;
  /** Number of orders at the end, after any number of crashes. */
  readonly products: number;
  readonly orders: number;
};

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'an order of one product',
    stocks: { shirt: 3, cap: 0 },
    request: (deps, key) => placeOrder(deps, order({ shirt: 2 }), key),
    products: 2,
    orders: 1,
  },
  {
    name: 'a cart that meets two conflicts',
    stocks: { shirt: 2, cap: 1 },
    conflicts: 2,
    request: (deps, key) => placeOrder(deps, order({ shirt: 2, cap: 1 }), key),
    products: 2,
    orders: 1,
  },
  {
    name: 'an order that is out of stock',
    stocks: { shirt: 1, cap: 0 },
    request: (deps, key) => placeOrder(deps, order({ shirt: 2 }), key),
    products: 2,
    orders: 0,
  },
  {
    name: 'a repeated order',
    stocks: { shirt: 9, cap: 0 },
    given: (shop) => shop.buy(order({ shirt: 2 }), KEY),
    request: (deps) => placeOrder(deps, order({ shirt: 2 }), KEY),
    products: 2,
    orders: 1,
  },
  {
    name: 'a repeated order that took the last piece',
    stocks: { shirt: 2, cap: 0 },
    given: (shop) => shop.buy(order({ shirt: 2 }), KEY),
    request: (deps) => placeOrder(deps, order({ shirt: 2 }), KEY),
    products: 2,
    orders: 1,
  },
  {
    name: 'a new product',
    stocks: { shirt: 0, cap: 0 },
    request: (deps, key) =>
      createProduct(deps, { id: 'scarf' as ProductId, name: 'Scarf', stock: 3, priceCents: 1n }, key),
    products: 3,
    orders: 0,
  },
];

/** Makes each request to the database and each pause an await of the crash matrix. */
function container(shop: Shop, plan: CrashPlan, conflicts = 0): Process<OrderDeps> {
  const special = (_deps: OrderDeps, process: Process<OrderDeps>): Partial<OrderDeps> => {
    const client = mortalClient(documentClient(), process, conflicts);
    const { products, orders, limit } = orderDeps(shop.settings, { dynamo: client });
    return { products, orders, limit };
  };
  return new Process({ ...shop.deps, sleep: async () => {} }, 'container', [plan], { special });
}

/** The process of a request crashes as planned. A client with a key repeats the request until it is answered. */
async function play(scenario: Scenario, key: IdempotencyKey | undefined, plan: CrashPlan) {
  const shop = await Shop.open(database);
  await shop.stock(scenario.stocks);
  await scenario.given?.(shop);
  plan.arm();
  const runs = [];
  do {
    runs.push(await container(shop, plan, scenario.conflicts).run((deps) => scenario.request(deps, key)));
  } while (key && runs.at(-1)?.kind === 'died');
  return { shop, runs };
}

for (const scenario of SCENARIOS) {
  await crashMatrix(`${scenario.name}, with a key`, {
    play: (plan) => play(scenario, KEY, plan),
    judge: async ({ shop, runs }) => {
      const { orders, products } = await shop.audit(); // stock = initial - sold
      expect(orders).toHaveLength(scenario.orders);
      expect(products).toHaveLength(scenario.products);
      const repeated = await container(shop, new CrashPlan()).run((deps) => scenario.request(deps, KEY));
      expect(repeated).toEqual(replayOf(runs.at(-1)));
    },
  });
  await crashMatrix(`${scenario.name}, without a key`, {
    play: (plan) => play(scenario, undefined, plan),
    judge: async ({ shop }) => {
      expect((await shop.audit()).orders.length).toBeLessThanOrEqual(scenario.orders);
    },
  });
}

/** The same answer, marked as a replay unless it is a refusal. */
function replayOf(run: unknown): unknown {
  const { value } = run as { value?: object };
  return value ? { kind: 'returned', value: { ...value, replayed: true } } : run;
}
