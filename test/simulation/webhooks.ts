import { handler as deliver } from '../../functions/webhooks/deliver.ts';
import { handler as recoverDeliveries } from '../../functions/webhooks/recover-deliveries.ts';
import { handler as storeDeliveries } from '../../functions/webhooks/store-deliveries.ts';
import { Actor, crowd } from './client.ts';
import type { Domain } from './domain.ts';
import { ALL_HABITS } from './receivers.ts';
import { enable, hostOf, owner, replayFailed, replayRange } from './webhooks-clients.ts';
import { isReplaying, judgeWebhooks } from './webhooks-judge.ts';
import { knowledgeOf } from './webhooks-knowledge.ts';
import { watch } from './webhooks-watch.ts';
import type { SimulatedWorld } from './world.ts';

/*
 * Endpoints whose receivers fail in all ways, for days of virtual time, while their owners change, disable, rotate and replay. The
 * events are those of orders and of the endpoints themselves. Time in which nothing is due is skipped.
 */

const [MINUTE, HOUR, DAY] = [60_000, 3_600_000, 86_400_000];
/** Recovery sends messages for what is due for so long. */
const LOST_AFTER_MS = 30_000;
/** Retries whose delays differ by chance are made together, which saves time. */
const TOGETHER = 1.15;
const PRODUCT = 'mug';

export const webhooks: Domain = {
  name: 'webhooks',
  tables: ['WEBHOOKS_TABLE', 'ORDERS_TABLE'],

  set(world) {
    const { queues, chance } = world;
    queues.consume('webhooks', storeDeliveries, { atOnce: 2 });
    queues.consume('deliveries', deliver, { batchSize: 1, atOnce: chance.between(2, 6), timeoutMs: 50_000 });
    world.everyMinute('recoverDeliveries', recoverDeliveries);
  },

  async play(world) {
    const { chance } = world;
    await watch(world, knowledgeOf(world));
    const owners = chance.between(1, 3);
    for (let nth = 0; nth < owners; nth += 1) spoil(world, nth);
    const seller = new Actor(world, 'seller');
    const product = { id: PRODUCT, name: PRODUCT, stock: 1_000, price_cents: 5 };
    await seller.insist('createProduct', { body: product });
    const withinMs = 200_000;
    await Promise.all([
      crowd(world, { kind: 'owner', many: owners, withinMs: 20_000 }, (actor, nth) => owner(world, actor, nth)),
      crowd(world, { kind: 'buyer', many: chance.between(3, 8), withinMs }, (actor, nth) => buy(actor, `${nth}`)),
      crowd(world, { kind: 'rush', many: chance.isTrue(0.2) ? 1 : 0, withinMs }, rush),
      crowd(world, { kind: 'night', many: chance.between(0, 2), withinMs: 250_000 }, async (actor) => {
        if (await idle(world, actor)) skip(world, actor.chance.between(10 * MINUTE, 40 * HOUR));
      }),
    ]);
  },

  hasNothingToSweep: (world) => knowledgeOf(world).isPublished,
  settle,
  judge: judgeWebhooks,
};

async function buy(actor: Actor, key: string): Promise<void> {
  const body = { buyer_id: key, lines: [{ product_id: PRODUCT, quantity: 1 }] };
  await actor.insist('placeOrder', { headers: { 'Idempotency-Key': `order-${key}` }, body });
}

/** More events than an endpoint gets at once. */
async function rush(actor: Actor): Promise<void> {
  for (let nth = 1; nth <= 24; nth += 1) await buy(actor, `rush-${nth}`);
}

/** Draws what a receiver does until the faults end. */
function spoil(world: SimulatedWorld, nth: number): void {
  const chance = world.chanceOf(hostOf(nth));
  const receiver = world.receivers.of(hostOf(nth));
  const few = ALL_HABITS.filter(() => chance.isTrue(0.3));
  receiver.habits = few.filter((habit) => habit !== 'is gone' || chance.isTrue(0.4));
  receiver.rate = chance.oneOf([0, 0.3, 0.7, 1]);
  receiver.downUntil = world.schedule.now + chance.oneOf([0, 0, 2 * MINUTE, 30 * HOUR, 70 * HOUR]);
  if (nth > 0 || !chance.isTrue(0.25)) return;
  knowledgeOf(world).hopeless.add(hostOf(nth));
  receiver.habits = [chance.oneOf(['breaks', 'closes', 'redirects'] as const)];
  receiver.rate = chance.oneOf([1, 1, 0.8]);
  receiver.downUntil = 0;
}

function skip(world: SimulatedWorld, ms: number): void {
  world.note(`${Math.round(ms / MINUTE)} minutes are skipped`);
  world.schedule.skip(Math.ceil(ms));
}

/** Waits until no function runs. @returns false if some always do */
async function idle({ lambda }: SimulatedWorld, actor: Actor): Promise<boolean> {
  for (let looks = 0; looks < 100 && !lambda.isIdle; looks += 1) await actor.pause(300, 300);
  return lambda.isIdle;
}

/** All receivers but the hopeless answer again. Then days pass. */
async function settle(world: SimulatedWorld): Promise<void> {
  const operator = new Actor(world, 'the last operator');
  const knowledge = knowledgeOf(world);
  knowledge.calmSince = world.schedule.now;
  const isHopeless = (url: string) => knowledge.hopeless.has(new URL(url).hostname);
  for (const { url } of knowledge.living) if (!isHopeless(url)) world.receivers.of(new URL(url).hostname).rate = 0;
  await finish(world, operator, 2 * DAY);
  await buy(operator, 'of the third day');
  await finish(world, operator);
  await failAgain(world, operator);
  for (const { id, url, enabled } of knowledge.living) {
    if (isHopeless(url)) continue;
    if (!enabled) await enable(world, operator, id);
    await replayRange(world, operator, id);
    await replayFailed(world, operator, id);
  }
  await finish(world, operator);
}

/** More than five days after the faults, receivers that have recovered fail for a short time. */
async function failAgain(world: SimulatedWorld, operator: Actor): Promise<void> {
  const { living, hopeless } = knowledgeOf(world);
  skip(world, 5 * DAY);
  for (const host of living.map(({ url }) => new URL(url).hostname)) {
    if (!hopeless.has(host))
      world.receivers.of(host).downUntil = world.schedule.now + operator.chance.oneOf([0, MINUTE, HOUR]);
  }
  await buy(operator, 'of another week');
  await finish(world, operator);
}

/** Until nothing is pending for an endpoint that is enabled, or for so long. */
async function finish(world: SimulatedWorld, operator: Actor, forMs = Number.POSITIVE_INFINITY): Promise<void> {
  const { schedule, queues } = world;
  const [events, deliveries] = [queues.all.get('webhooks'), queues.all.get('deliveries')];
  const knowledge = knowledgeOf(world);
  const until = schedule.now + forMs;
  const isBusy = () => !world.lambda.isIdle || (events?.counts.visible ?? 0) + (deliveries?.counts.visible ?? 0) > 0;
  for (let quiet = 0; quiet < 3 && schedule.now < until; ) {
    queues.redrive('webhooks');
    await operator.pause(1_000, 2_000);
    if (isBusy()) continue;
    const open = knowledge.living.filter(({ enabled }) => enabled);
    const pending = open.flatMap(({ id }) => knowledge.deliveriesOf(id).filter(({ status }) => status === 'pending'));
    const next = Math.min(...pending.map(({ at }) => Date.parse(at)));
    if (next > schedule.now + MINUTE && Number.isFinite(next) && knowledge.isPublished) {
      const wait = (next - schedule.now) * TOGETHER + LOST_AFTER_MS;
      skip(world, Math.min(wait, until - schedule.now + 1));
    }
    const isStored = knowledge.isPublished && events?.counts.inFlight === 0;
    quiet = pending.length === 0 && isStored && !(await isReplaying(world)) ? quiet + 1 : 0;
    if (quiet > 0) await operator.pause(20_000, 20_000);
  }
}
