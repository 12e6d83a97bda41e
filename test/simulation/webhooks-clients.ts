import type { Delivery } from '../../lib/webhooks/delivery.ts';
import type { EndpointId } from '../../lib/webhooks/endpoint.ts';
import type { Actor } from './client.ts';
import { type AskedReplay, knowledgeOf } from './webhooks-knowledge.ts';
import type { SimulatedWorld } from './world.ts';

const FILTERS = [
  ['*'],
  ['order.*'],
  ['order.placed', 'product.created'],
  ['product.*', 'webhook_endpoint.disabled'],
  ['webhook_endpoint.*', 'webhook_delivery.*', 'order.placed'],
  ['payout.*'],
];
/** An event is in the index by then. */
const LISTED_MS = 5_000;
export const hostOf = (nth: number) => `receiver-${nth + 1}.example`;

type Owner = { readonly world: SimulatedWorld; readonly actor: Actor; readonly id: EndpointId; readonly nth: number };

/** Has one endpoint, and changes it in all ways. */
export async function owner(world: SimulatedWorld, actor: Actor, nth: number): Promise<void> {
  const { chance } = actor;
  const headers = { 'Idempotency-Key': `endpoint-${nth}` };
  const body = { url: urlOf(nth, 0), event_types: chance.oneOf(FILTERS), enabled: chance.isTrue(0.8) };
  const made = await actor.insist('createWebhookEndpoint', { headers, body });
  const id = (made?.body as { endpoint_id?: EndpointId } | undefined)?.endpoint_id;
  if (id === undefined) return;
  const own = { world, actor, id, nth };
  for (let left = chance.between(2, 9); left > 0; left -= 1) {
    await (chance.isTrue(0.3) ? actor.pause(0, 50) : actor.pause(2_000, 50_000));
    await chance.oneOf(DEEDS)(own, left);
  }
}

/** Its server moves: the old URL is gone. Some move while a call is on its way; some tell the service minutes later. */
async function move(own: Owner, left: number): Promise<void> {
  const { world, actor, id, nth } = own;
  const receiver = world.receivers.of(hostOf(nth));
  if (actor.chance.isTrue(0.7)) await Promise.race([receiver.calls.next(), actor.pause(30_000, 30_000)]);
  for (const { state } of knowledgeOf(world).endpoints.get(id) ?? []) receiver.gone.add(state.url);
  await (actor.chance.isTrue(0.6) ? actor.pause(0, 30) : actor.pause(60_000, 180_000));
  await change(own, { url: urlOf(nth, left) });
}

const urlOf = (nth: number, times: number) => `https://${hostOf(nth)}/${times}`;
const change = ({ actor, id }: Owner, body: object) =>
  actor.insist('changeWebhookEndpoint', { path: { endpoint_id: id }, body });

export async function enable(world: SimulatedWorld, actor: Actor, id: EndpointId): Promise<void> {
  const { enabledAt } = knowledgeOf(world);
  enabledAt.set(id, Number.POSITIVE_INFINITY);
  await actor.insist('changeWebhookEndpoint', { path: { endpoint_id: id }, body: { enabled: true } });
  enabledAt.set(id, world.schedule.now);
}

const switchOff = async (own: Owner) => {
  await change(own, { enabled: false });
  await (own.actor.chance.isTrue(0.3) ? own.actor.pause(0, 50) : own.actor.pause(1_000, 60_000));
  await enable(own.world, own.actor, own.id);
};
const rotate = async ({ actor, id }: Owner, left: number) => {
  const headers = { 'Idempotency-Key': `rotate-${left}` };
  const body = { overlap_seconds: actor.chance.oneOf([0, 5, 60, 86_400]) };
  await actor.insist('rotateWebhookSecret', { path: { endpoint_id: id }, headers, body });
};

const DEEDS: readonly ((own: Owner, left: number) => Promise<unknown>)[] = [
  (own) => change(own, { event_types: own.actor.chance.oneOf(FILTERS) }),
  (own) => change(own, { event_types: own.actor.chance.oneOf(FILTERS) }),
  (own, left) => change(own, { url: urlOf(own.nth, left) }),
  move,
  switchOff,
  switchOff,
  ({ world, actor, id }) => enable(world, actor, id),
  rotate,
  rotate,
  ({ actor, id }) => actor.ask('testWebhookEndpoint', { path: { endpoint_id: id } }),
  (own) => replayOne(own),
  ({ world, actor, id }) => replayFailed(world, actor, id),
  ({ world, actor, id }) => replayRange(world, actor, id),
  ({ actor, id }, left) =>
    left === 1 ? actor.insist('deleteWebhookEndpoint', { path: { endpoint_id: id } }) : actor.pause(0, 1),
];

async function replayOne({ world, actor, id }: Owner): Promise<void> {
  const { replays, deliveries } = knowledgeOf(world);
  const query = { status: actor.chance.oneOf(['delivered', 'failed']), limit: '5' };
  const listed = await actor.ask('listWebhookDeliveries', { path: { endpoint_id: id }, query });
  const { deliveries: some = [] } = (listed?.body ?? {}) as { deliveries?: { delivery_id: Delivery['id'] }[] };
  for (const { delivery_id } of some) if (!deliveries.has(delivery_id)) world.find(`${delivery_id} is listed`);
  const [first] = some;
  if (!first) return;
  const at = world.schedule.now;
  const reply = await actor.insist('replayWebhookDelivery', { path: { delivery_id: first.delivery_id } });
  if (reply?.status === 202) replays.push({ endpointId: id, at, covers: { ids: [first.delivery_id] } });
}

/** Those that have failed by now, if the answer comes. */
export async function replayFailed(world: SimulatedWorld, actor: Actor, id: EndpointId): Promise<void> {
  const at = world.schedule.now;
  const knowledge = knowledgeOf(world);
  const isListed = (delivery: Delivery) =>
    delivery.status === 'failed' && (knowledge.deliveries.get(delivery.id)?.at(-1)?.at ?? at) < at - LISTED_MS;
  const ids = knowledge.deliveriesOf(id).filter(isListed);
  await replay(world, actor, { endpointId: id, at, covers: { ids: ids.map((one) => one.id) } }, {});
}

/** Everything of the last days. */
export async function replayRange(world: SimulatedWorld, actor: Actor, id: EndpointId): Promise<void> {
  const at = world.schedule.now;
  const [from, to] = [at - actor.chance.oneOf([60_000, 86_400_000, 6 * 86_400_000]), at - LISTED_MS];
  const body = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  await replay(world, actor, { endpointId: id, at, covers: { from, to } }, body);
}

async function replay(world: SimulatedWorld, actor: Actor, asked: AskedReplay, body: object): Promise<void> {
  const reply = await actor.insist('replayWebhooks', { path: { endpoint_id: asked.endpointId }, body });
  if (reply?.status === 202) knowledgeOf(world).replays.push(asked);
}
