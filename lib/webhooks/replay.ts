import pMap from 'p-map';
import { type EventKey, nameOfEvent, readAuditKeys } from '../events/index.ts';
import { AppError, orNotFound } from '../kernel/errors.ts';
import type { LogFields } from '../kernel/log.ts';
import { existing } from './create-endpoint.ts';
import { type Delivery, deliveryIdIn, MAX_ATTEMPTS, replayed } from './delivery.ts';
import { type Endpoint, wants } from './endpoint.ts';
import { deliveryReplayed, endpointTested, replayRequested } from './endpoint-events.ts';
import type { DeliveryDeps, Replay } from './ports.ts';
import { newDelivery, wakeOf, wakesFor } from './store-deliveries.ts';

const WRITES_AT_ONCE = 10;

/** Sends one delivery again, with the same id. @throws AppError NOT_FOUND; INVALID_STATE it is pending, or has too many attempts */
export async function replayDelivery(deps: DeliveryDeps, id: string): Promise<Delivery> {
  const deliveryId = deliveryIdIn(id);
  const before = orNotFound(deliveryId && (await deps.deliveries.read(deliveryId)), `There is no delivery ${id}.`);
  await existing(deps, before.endpointId);
  if (before.status === 'pending') {
    throw new AppError('INVALID_STATE', {
      message: `The delivery is pending: its next attempt is due at ${before.at}.`,
    });
  }
  if (before.attempts.length >= MAX_ATTEMPTS) {
    throw new AppError('INVALID_STATE', { message: `The delivery has had ${MAX_ATTEMPTS} attempts.` });
  }
  const after = replayed(before, deps.now());
  if (!(await deps.deliveries.replace(before, after, { event: deliveryReplayed(deps, after) }))) {
    throw new AppError('INVALID_STATE', { message: 'The delivery was replayed at the same time.' });
  }
  await deps.queue.send([wakeOf(before.endpointId, [before.id])]);
  return after;
}

/**
 * Sends everything again that happened from `from` up to and without `to` and that the endpoint wants, or all that failed.
 * A worker does it page by page.
 * @throws AppError NOT_FOUND
 */
export async function requestReplay(
  deps: DeliveryDeps,
  id: string,
  range: Replay['range'],
): Promise<{ readonly replayId: string }> {
  const endpoint = await existing(deps, id);
  const replay: Replay = { kind: 'replay', endpointId: endpoint.id, replayId: deps.newId(), range };
  await deps.replays.insert(replay, replayRequested(deps, replay));
  await deps.queue.send([replay]);
  return replay;
}

/** Sends an event to this endpoint only. @returns the id of its delivery @throws AppError NOT_FOUND; INVALID_STATE it is disabled */
export async function testEndpoint(deps: DeliveryDeps, id: string): Promise<Delivery> {
  const endpoint = await existing(deps, id);
  if (!endpoint.enabled) throw new AppError('INVALID_STATE', { message: 'The endpoint is disabled.' });
  const event = endpointTested(deps, endpoint, deps.newId());
  await deps.publish(event);
  return newDelivery(deps, endpoint, event);
}

/** One page of a replay. A repeated message has the same effect once. */
export async function replayPage(deps: DeliveryDeps, replay: Replay): Promise<LogFields> {
  const { endpoints, replays, queue } = deps;
  const endpoint = await endpoints.read(replay.endpointId);
  const open = await replays.read(replay.replayId);
  if (!endpoint) {
    await replays.remove(replay.replayId);
    return { result: 'deleted' };
  }
  if (open && open.cursor !== replay.cursor) return { result: 'overtaken' }; // another message has done this page
  const page = await (replay.range ? ofRange(deps, endpoint, replay) : failed(deps, replay));
  const again = await pMap(page.deliveries, (each) => sendAgain(deps, each, replay), { concurrency: WRITES_AT_ONCE });
  const messages = endpoint.enabled ? wakesFor(again.flat()) : [];
  if (page.next === undefined) {
    await queue.send(messages);
    await replays.remove(replay.replayId);
  } else {
    await replays.advance(replay.replayId, page.next, deps.now()); // if it dies after this, recovery continues
    await queue.send([...messages, { ...replay, cursor: page.next }]);
  }
  const { length } = page.unreadable;
  const unreadable = length === 0 ? {} : { unreadable: length, unreadable_events: page.unreadable.map(nameOfEvent) };
  return { result: 'replayed', deliveries: again.flat().length, ...unreadable };
}

type PageOfReplay = {
  readonly deliveries: readonly Delivery[];
  /** Events that may belong to it. Only the log names them. */
  readonly unreadable: readonly EventKey[];
  readonly next: string | undefined;
};

/** From the event store, so that also what was never stored as a delivery is sent. */
async function ofRange(deps: DeliveryDeps, endpoint: Endpoint, { range, cursor }: Replay): Promise<PageOfReplay> {
  const request = { ...range, cursor, limit: deps.policy.pageSize };
  const page = await readAuditKeys({ audit: deps.events, now: deps.now }, request);
  const found = await deps.events.byKeys(page.items);
  const wanted = found.flatMap(({ event }) => (event && wants(endpoint, event) ? [event] : []));
  return {
    deliveries: wanted.map((event) => newDelivery(deps, endpoint, event)),
    unreadable: found.filter(({ event }) => event === undefined).map(({ key }) => key),
    next: page.cursor,
  };
}

async function failed(deps: DeliveryDeps, { endpointId, cursor }: Replay): Promise<PageOfReplay> {
  const page = await deps.deliveries.list(endpointId, { status: 'failed', limit: deps.policy.pageSize, cursor });
  return { deliveries: page.items, unreadable: [], next: page.cursor };
}

async function sendAgain(deps: DeliveryDeps, wanted: Delivery, { replayId }: Replay): Promise<Delivery[]> {
  for (;;) {
    if (wanted.attempts.length === 0 && (await deps.deliveries.insert({ ...wanted, replayId }))) return [wanted];
    const before = await deps.deliveries.read(wanted.id);
    if (before?.status === 'pending') return [before]; // it will be sent anyway
    if (!before || before.replayId === replayId || before.attempts.length >= MAX_ATTEMPTS) return [];
    const after = replayed(before, deps.now(), replayId);
    if (await deps.deliveries.replace(before, after)) return [after];
  }
}
