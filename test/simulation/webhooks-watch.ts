import { Webhook } from 'standardwebhooks';
import type { CloudEvent } from '../../lib/events/index.ts';
import type { Attempt, Delivery } from '../../lib/webhooks/delivery.ts';
import type { Endpoint, EndpointId } from '../../lib/webhooks/endpoint.ts';
import { invocation } from './lambda.ts';
import { CALL_MS, type Post } from './receivers.ts';
import { inForce, SKEW_MS, STALE_MS, type WebhookKnowledge } from './webhooks-knowledge.ts';
import type { SimulatedWorld } from './world.ts';

const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000];
/** Before the second attempt, the third, and so on: independently of the code. */
const DELAYS = [
  ...[5 * SECOND, MINUTE, 5 * MINUTE, 30 * MINUTE],
  ...[2 * HOUR, 5 * HOUR, 10 * HOUR, 24 * HOUR, 33 * HOUR],
];
const JITTER = 1.1;
const MOST_ASKED_MS = 24 * HOUR;
const AT_ONCE = 20;
const MOST_ATTEMPTS = 100;
const FIVE_DAYS_MS = 5 * 24 * HOUR;
/** A turn of a worker, with its calls. */
const TURN_MS = 27 * SECOND;

/** Checks each call when it begins, and each change of a delivery when it is stored. */
export function watch(world: SimulatedWorld, knowledge: WebhookKnowledge): Promise<void> {
  const { receivers, schedule } = world;
  const underWay = new Map<EndpointId, Set<Post>>();
  const of = new Map<string, string>();
  receivers.watch({
    begins: (post) => {
      const endpointId = knowledge.endpointAt(post.call.url);
      if (endpointId === undefined) return void world.find(`a call of ${post.call.url}, which is no endpoint`);
      judgeEndpoint(world, knowledge.endpoints.get(endpointId) ?? [], post);
      judgeContent(world, of, endpointId, post);
      judgeDue(world, knowledge, endpointId, post);
      const others = underWay.get(endpointId) ?? new Set();
      underWay.set(endpointId, others.add(post));
      for (const one of others) if (one.at + CALL_MS < post.at) others.delete(one);
      judgeTurn(world, knowledge, endpointId, [...others]);
    },
    ends: (post) => {
      for (const posts of underWay.values()) posts.delete(post);
    },
  });
  return knowledge.watch({
    delivery: (after, before) => judgeChange(world, after, before, schedule.now),
    endpoint: (after, before) => judgeRotation(world, after, before, schedule.now),
  });
}

const isGone = ({ outcome, call }: Post, url: string) => outcome?.status === 410 && call.url === url;

/** Nothing is sent to an endpoint that is disabled or deleted, to an old URL, or without a signature of each secret. */
function judgeEndpoint(world: SimulatedWorld, versions: Parameters<typeof inForce<Endpoint>>[0], post: Post): void {
  const { call, id, at, caller } = post;
  const isOpen = ({ enabled, deletedAt }: Endpoint) => enabled && deletedAt === undefined;
  const open = inForce(versions, at - STALE_MS, at).filter((one) => isOpen(one) && one.url === call.url);
  // A worker that was answered 410 has disabled the endpoint itself, unless its URL was replaced.
  const isRefused = world.receivers.posts.some((one) => one.caller === caller && isGone(one, call.url));
  if (open.length === 0 || (isRefused && !inForce(versions, at, at).some(isOpen)))
    return void world.find(`${id} is sent to ${call.url}, which is disabled, deleted or replaced`);
  const given = `${call.headers['webhook-signature']}`;
  const time = new Date(Number(call.headers['webhook-timestamp']) * SECOND);
  if (Math.abs(time.getTime() - at) > SECOND + SKEW_MS) world.find(`${id} has the timestamp ${time.toISOString()}`);
  const expected = (endpoint: Endpoint, now: number) =>
    endpoint.secrets
      .filter(({ until }) => until === undefined || Date.parse(until) > now)
      .map(({ secret }) => new Webhook(secret).sign(id, time, call.body));
  // The worker’s clock is within a second of the timestamp.
  const all = open.flatMap((each) =>
    [time.getTime(), time.getTime() + SECOND].map((now) => expected(each, now).join(' ')),
  );
  if (!all.includes(given)) world.find(`${id} is signed with other secrets than those of ${call.url}`);
}

/** One event has one id at an endpoint, in all attempts and replays, and the bytes that were published. */
function judgeContent(
  world: SimulatedWorld,
  of: Map<string, string>,
  endpointId: EndpointId,
  { id, call }: Post,
): void {
  const event = JSON.parse(call.body) as CloudEvent;
  for (const [name, value] of [
    [id, `${event.id} at ${endpointId}`],
    [`${event.id} at ${endpointId}`, id],
  ] as const) {
    const before = of.get(name) ?? value;
    of.set(name, before);
    if (before !== value) world.find(`${name} was ${before}, and now is ${value}`);
  }
  const published = world.published.get(event.id);
  if (published !== undefined && published !== call.body) world.find(`${id} has other bytes than ${event.id}`);
}

function judgeDue(world: SimulatedWorld, { deliveries }: WebhookKnowledge, endpointId: EndpointId, post: Post): void {
  const recent = inForce(deliveries.get(post.id as Delivery['id']), post.at - STALE_MS, post.at);
  if (recent.some((one) => one.endpointId !== endpointId)) world.find(`${post.id} is sent to ${endpointId}`);
  const isDue = recent.some(({ status, at }) => status === 'pending' && Date.parse(at) <= post.at + SKEW_MS);
  if (!isDue) world.find(`${post.id} is sent though it is not due`);
}

/** One worker calls an endpoint, and not more often at once than is allowed. A person who enables it takes the turn away. */
function judgeTurn(
  world: SimulatedWorld,
  { enabledAt }: WebhookKnowledge,
  id: EndpointId,
  posts: readonly Post[],
): void {
  if (new Set(posts.map(({ caller }) => caller)).size === 1) {
    if (posts.length > AT_ONCE) world.find(`${posts.length} calls of ${id} at once`);
    return;
  }
  const isReset = (enabledAt.get(id) ?? 0) > world.schedule.now - STALE_MS - TURN_MS;
  if (!isReset) world.find(`two workers call ${id} at once`);
}

/** The secrets before a new one sign until the overlap that was asked for ends, or earlier if they had an end. */
function judgeRotation(world: SimulatedWorld, after: Endpoint, before: Endpoint | undefined, now: number): void {
  if (!before || after.deletedAt !== undefined || after.secrets[0]?.secret === before.secrets[0]?.secret) return;
  const { body = '{}' } = (invocation()?.event ?? {}) as { body?: string };
  const until = now + (JSON.parse(body) as { overlap_seconds: number }).overlap_seconds * SECOND;
  for (const { secret, until: end } of before.secrets) {
    const expected = Math.min(until, end === undefined ? until : Date.parse(end));
    const found = after.secrets.find((one) => one.secret === secret)?.until;
    const isKept = found !== undefined && Math.abs(Date.parse(found) - expected) <= STALE_MS;
    if (!isKept && expected > now + SKEW_MS)
      world.find(`${after.id} loses a secret that should sign until ${expected}`);
  }
}

function judgeChange(world: SimulatedWorld, after: Delivery, before: Delivery | undefined, now: number): void {
  const { id, status, attempts, replays, failures } = after;
  if (before === undefined) {
    if (status !== 'pending' || attempts.length > 0) world.find(`${id} is created as ${status}`);
    return;
  }
  if (replays > before.replays) {
    const isReplay = status === 'pending' && failures === 0 && attempts.length === before.attempts.length;
    if (!isReplay || before.status === 'pending') world.find(`${id} is replayed while it is ${before.status}`);
    return;
  }
  const attempt = attempts.at(-1);
  if (attempts.length !== before.attempts.length + 1 || !attempt) return void world.find(`${id} loses its attempts`);
  const post = recordedCall(world, id, attempt);
  if (before.status !== 'pending') return;
  if (attempt.error === undefined) {
    if (status !== 'delivered') world.find(`${id} is ${status} after a success`);
    return;
  }
  if (failures !== before.failures + 1) world.find(`${id} has ${failures} failures after ${before.failures}`);
  const isLast = failures === DELAYS.length + 1 || attempts.length >= MOST_ATTEMPTS;
  if ((status === 'failed') !== isLast) world.find(`${id} is ${status} after ${failures} failures`);
  if (status === 'pending') judgeDelay(world, after, post, now);
}

/** Each attempt in the record is one call. */
function recordedCall(world: SimulatedWorld, id: string, { at, error, status }: Attempt): Post | undefined {
  const isIt = (one: Post) =>
    one.id === id &&
    one.caller === invocation() &&
    Math.abs(one.at - Date.parse(at)) < SKEW_MS &&
    one.outcome !== undefined;
  const candidates = world.receivers.posts.filter(isIt);
  const post = candidates.find(({ isRecorded }) => !isRecorded);
  if (!post)
    world.find(`${id} has ${candidates.length === 0 ? 'an attempt without a call' : 'a call twice'} in its record`);
  else {
    post.isRecorded = true;
    const { outcome, isAccepted } = post;
    if (outcome?.error !== error || outcome?.status !== status) world.find(`${id} has another outcome in its record`);
    if (error === undefined && !isAccepted) world.find(`${id} counts as delivered`);
  }
  return post;
}

/** A delay is not shorter than it should be; chance makes it longer by a tenth at most, Retry-After up to a day. */
function judgeDelay(
  world: SimulatedWorld,
  { id, failures, attempts, at }: Delivery,
  post: Post | undefined,
  now: number,
) {
  const delay = DELAYS[failures - 1] ?? 0;
  const asked = Math.min(post?.outcome?.retryAfterMs ?? 0, MOST_ASKED_MS);
  const last = attempts.at(-1);
  const wait = Date.parse(at) - Date.parse(`${last?.at}`) - (last?.durationMs ?? 0);
  const most = Math.max(delay * JITTER, asked) + SKEW_MS + now - Date.parse(`${last?.at}`);
  if (wait < Math.max(delay, asked) - SKEW_MS || wait > most) world.find(`${id}: ${wait} ms after failure ${failures}`);
}

/** A call that would disable an endpoint, and what becomes of it. */
export function judgeDisabling(world: SimulatedWorld, knowledge: WebhookKnowledge): void {
  for (const [id, versions] of knowledge.endpoints) {
    for (const [index, { at, state }] of versions.entries()) {
      const before = versions[index - 1]?.state;
      if (!before?.enabled || state.disabledFor === undefined) continue;
      const posts = callsSinceEnabled(world, knowledge, id, at);
      const why = state.disabledFor === 'gone' ? posts.some((one) => isGone(one, state.url)) : hasFailed(posts, at);
      if (!why) world.find(`${id} is disabled for ${state.disabledFor}`);
    }
    const last = versions.at(-1)?.state;
    const now = world.schedule.now;
    if (!last?.enabled) continue;
    const all = callsSinceEnabled(world, knowledge, id, now);
    // A worker that has died or met a fault may not have disabled it.
    const isEnded = ({ at, caller, isRecorded }: Post) =>
      isRecorded && at < now - MINUTE && !caller?.isDead && caller?.faults.length === 0;
    if (all.some((one) => isGone(one, last.url) && isEnded(one))) world.find(`${id} is gone, and not disabled`);
    const posts = all.filter(({ at }) => at > knowledge.calmSince);
    const lastCall = posts.at(-1)?.at ?? now;
    if (lastCall > now - MINUTE) continue; // its worker may not have finished
    if (hasFailed(posts, lastCall - MINUTE)) world.find(`${id} has failed for five days, and is not disabled`);
  }
}

/** No call has succeeded for five days after a failure. Not every success of the last minute is recorded. */
function hasFailed(posts: readonly Post[], at: number): boolean {
  const last = posts.findLastIndex(({ outcome, isRecorded }) => isRecorded && outcome?.error === undefined);
  const firstFailure = posts.slice(last + 1).find(({ outcome }) => outcome?.error !== undefined);
  return firstFailure !== undefined && firstFailure.at <= at - FIVE_DAYS_MS + CALL_MS + SKEW_MS;
}

/** Up to `until`. Those before a person has enabled it do not count. */
function callsSinceEnabled(
  world: SimulatedWorld,
  { endpoints }: WebhookKnowledge,
  id: EndpointId,
  until: number,
): Post[] {
  const versions = (endpoints.get(id) ?? []).filter(({ at }) => at < until);
  const enabledAt =
    versions.findLast(({ state }, index) => state.enabled && !versions[index - 1]?.state.enabled)?.at ?? 0;
  const urls = new Set(versions.map(({ state }) => state.url));
  return world.receivers.posts.filter(
    ({ at, call, outcome }) => at >= enabledAt && at < until && urls.has(call.url) && outcome !== undefined,
  );
}
