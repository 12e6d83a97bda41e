import type { Config } from '../config.ts';
import { limiter } from '../kernel/limiter.ts';
import { dynamoOrders } from '../orders/dynamo-orders.ts';
import { dynamoProducts } from '../orders/dynamo-products.ts';
import type { OrderDeps } from '../orders/ports.ts';
import { machine } from '../runtime.ts';
import { caller, type Of } from './outside.ts';

export function orderDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): OrderDeps {
  return {
    products: dynamoProducts(dynamo, settings.ORDERS_TABLE, settings.EVENTS_TABLE),
    orders: dynamoOrders(dynamo, settings.ORDERS_TABLE, settings.EVENTS_TABLE),
    // The functions have 28 s: eight of them are left for the last try and the SDK's own retries.
    policy: { backoff: { baseMs: 20, maxMs: 2_000 }, patienceMs: 20_000 },
    limit: limiter(16), // for local processes: a container on Lambda has one request at a time
    ...runtime,
    ...caller,
  };
}
