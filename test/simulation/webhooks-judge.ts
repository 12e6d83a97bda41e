import { cloudEvent, positionOf } from '../../lib/events/index.ts';
import { eventOfItem } from '../../lib/events/items.ts';
import type { Delivery } from '../../lib/webhooks/delivery.ts';
import { DELETED, ENDPOINTS, REPLAYS } from '../../lib/webhooks/items.ts';
import { WebhookRecords } from '../../scripts/verify/webhooks-checks.ts';
import { inForce, isWanted, knowledgeOf, STALE_MS, type WebhookKnowledge } from './webhooks-knowledge.ts';
import { judgeDisabling } from './webhooks-watch.ts';
import type { SimulatedWorld } from './world.ts';

const LATER_MS = 20 * 60_000;

export const isReplaying = async (world: SimulatedWorld) =>
  (await world.items('WEBHOOKS_TABLE')).some(({ pk }) => pk === REPLAYS);

export async function judgeWebhooks(world: SimulatedWorld, isOver: boolean): Promise<void> {
  const knowledge = knowledgeOf(world);
  await verify(world, isOver);
  await judgeMatches(world, knowledge, isOver);
  judgeDisabling(world, knowledge);
  judgeRecords(world);
  if (!isOver) return;
  if (await isReplaying(world)) world.find('a replay has not ended');
  judgeEnds(world, knowledge);
  for (const replay of knowledge.replays) judgeReplay(world, knowledge, replay);
}

async function verify(world: SimulatedWorld, isOver: boolean): Promise<void> {
  const records = new WebhookRecords(isOver ? world.schedule.now + LATER_MS : 0);
  const items = await world.items('WEBHOOKS_TABLE');
  for (const item of items) {
    if (item.pk === ENDPOINTS || item.pk === DELETED) records.addEndpoint(item);
    if (item.sk === 'DELIVERY') records.addDelivery(item);
  }
  for (const item of await world.items('EVENTS_TABLE')) records.addEvent(item);
  // A slow write may store a filter long after the time since when it counts. judgeMatches knows when it was stored.
  const others = records.differences().filter(({ check }) => check !== 'stored' && check !== 'wanted');
  for (const { message } of others) world.find(message);
}

/** Each event has one delivery for each endpoint that wanted it when it happened, and for no other. */
async function judgeMatches(world: SimulatedWorld, knowledge: WebhookKnowledge, isOver: boolean): Promise<void> {
  const stored = new Map<string, number>();
  for (const states of knowledge.deliveries.values()) {
    for (const { endpointId, event } of states.slice(-1).map(({ state }) => state)) {
      const name = `${endpointId} ${event.subject} ${event.position}`;
      stored.set(name, (stored.get(name) ?? 0) + 1);
    }
  }
  const events = (await world.items('EVENTS_TABLE')).filter(({ pk }) => `${pk}`.startsWith('SUBJECT#'));
  for (const event of events.map((item) => cloudEvent(eventOfItem(item)))) {
    for (const [id, versions] of knowledge.endpoints) {
      const many = stored.get(`${id} ${event.subject} ${positionOf(event)}`) ?? 0;
      const wanted = isWanted(versions, event);
      const isDeleted = versions.at(-1)?.state.deletedAt !== undefined;
      if (many > 1) world.find(`${event.id} has ${many} deliveries to ${id}`);
      if (many === 1 && wanted === false) world.find(`${event.id} has a delivery to ${id}, which did not want it`);
      if (many === 0 && wanted && isOver && !isDeleted) world.find(`${event.id} has no delivery to ${id}`);
    }
  }
}

/** Each call is in the record, unless its worker has died or met a fault. */
function judgeRecords({ receivers, schedule, find }: SimulatedWorld): void {
  for (const { id, at, caller, outcome, isRecorded } of receivers.posts) {
    const isExcused = caller?.isDead || (caller?.faults.length ?? 0) > 0 || at > schedule.now - STALE_MS;
    if (outcome && !isRecorded && !isExcused) find(`a call of ${id} is not in its record`);
  }
}

function judgeEnds(world: SimulatedWorld, knowledge: WebhookKnowledge): void {
  for (const { id, url, enabled } of knowledge.living) {
    const isHopeless = knowledge.hopeless.has(new URL(url).hostname);
    if (!enabled && !isHopeless) world.find(`${id} is still disabled`);
    if (!enabled) continue;
    for (const { id: delivery, status } of knowledge.deliveriesOf(id)) {
      if (status === 'pending') world.find(`${delivery} is still pending`);
      if (status === 'failed' && !isHopeless) world.find(`${delivery} has failed`);
    }
  }
}

/** What a replay covers was sent after it was asked for, if its endpoint is not disabled or deleted. */
function judgeReplay(world: SimulatedWorld, knowledge: WebhookKnowledge, replay: WebhookKnowledge['replays'][number]) {
  const { endpointId, at, covers } = replay;
  const endpoint = knowledge.living.find(({ id }) => id === endpointId);
  if (!endpoint?.enabled) return;
  const versions = knowledge.endpoints.get(endpointId) ?? [];
  const isIn = ({ type, event: { subject, position } }: Delivery) => {
    const [time = ''] = position.split('#', 1);
    const isInRange = !('ids' in covers) && Date.parse(time) >= covers.from && Date.parse(time) < covers.to;
    return isInRange && isWanted(versions, { type, subject, time });
  };
  const ids =
    'ids' in covers
      ? covers.ids
      : knowledge
          .deliveriesOf(endpointId)
          .filter(isIn)
          .map(({ id }) => id);
  for (const id of ids) {
    const [before] = inForce(knowledge.deliveries.get(id as never), at, at);
    // A call that was under way counts.
    const since = before?.status === 'pending' ? at - STALE_MS : at;
    if (before && !world.receivers.posts.some((post) => post.id === id && post.at >= since)) {
      world.find(`${id} was not sent again`);
    }
  }
}
