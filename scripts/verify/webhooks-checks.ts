import { type CloudEvent, cloudEvent, type EventKey, nameOfEvent, positionOf } from '../../lib/events/index.ts';
import { eventOfItem } from '../../lib/events/items.ts';
import { type Delivery, deliveryIdOf } from '../../lib/webhooks/delivery.ts';
import { type Endpoint, wants } from '../../lib/webhooks/endpoint.ts';
import { deliveryOf, sealedEndpointOf } from '../../lib/webhooks/items.ts';
import { attempt, type Difference, type Item } from './difference.ts';

export const WEBHOOKS_CHECKS = {
  readable: 'endpoints and deliveries of webhooks are readable, each under the id that follows from its content',
  stored: 'each published event has a delivery for each endpoint whose filter it matched when it happened',
  wanted: 'each delivery is of an event that exists and that its endpoint wanted when it happened',
  attempts: 'delivered ones have a successful attempt, failed ones have none since they were last replayed',
} as const;
export type WebhooksCheck = keyof typeof WEBHOOKS_CHECKS;

/** Around a change of a filter, clocks and the order of writes decide which filter is in force. */
const TOLERANCE_MS = 30_000;
/** An event that was published since then may still be in the queue. */
const LATE_MS = 60_000;

type KnownEndpoint = Omit<Endpoint, 'secrets'>;
/** `matched`: what is known of it. Without, it is unreadable, and the check of events names it. */
type KnownEvent = { readonly key: EventKey; readonly publishedAt: number; readonly matched?: CloudEvent };

/** Compares the deliveries of webhooks with the events and the filters of endpoints. Memory grows with both. */
export class WebhookRecords {
  readonly #now: number;
  readonly #endpoints = new Map<string, KnownEndpoint>();
  readonly #deliveries = new Map<string, Pick<Delivery, 'endpointId' | 'event'>>();
  readonly #found: Difference<WebhooksCheck>[] = [];
  readonly #events = new Set<string>();
  /** Of events that were read, and their endpoints. */
  readonly #unwanted = new Map<string, string>();

  /** @param now epoch milliseconds */
  constructor(now: number) {
    this.#now = now;
  }

  get sizes(): { readonly endpoints: number; readonly deliveries: number } {
    return { endpoints: this.#endpoints.size, deliveries: this.#deliveries.size };
  }

  addEndpoint(item: Item): void {
    const tried = attempt(() => sealedEndpointOf(item));
    if ('error' in tried) this.#differ('readable', `${item.sk}`, `endpoint ${item.sk}: ${tried.error}`);
    else this.#endpoints.set(tried.value.id, tried.value);
  }

  addDelivery(item: Item): void {
    const tried = attempt(() => deliveryOf(item));
    if ('error' in tried) {
      this.#differ('readable', `${item.pk}`, `${item.pk}: ${tried.error}`);
      return;
    }
    const { id, endpointId, event } = tried.value;
    if (id !== deliveryIdOf(endpointId, event)) {
      this.#differ('readable', id, `delivery ${id}: the id of ${nameOfEvent(event)} to ${endpointId} is another one`);
    }
    this.#deliveries.set(id, { endpointId, event });
    for (const problem of problemsOf(tried.value)) this.#differ('attempts', id, `delivery ${id}: ${problem}`);
  }

  /** After all endpoints and deliveries. @param item of the table of events */
  addEvent(item: Item): void {
    const event = knownEvent(item);
    if (!event) return;
    this.#events.add(nameOfEvent(event.key));
    for (const endpoint of this.#endpoints.values()) this.#compare(endpoint, event);
  }

  #compare(endpoint: KnownEndpoint, { key, publishedAt, matched }: KnownEvent): void {
    if (!matched || isNearChange(endpoint, Date.parse(matched.time))) return;
    const id = deliveryIdOf(endpoint.id, key);
    const isWanted = wants(endpoint, matched);
    const has = this.#deliveries.has(id);
    const name = `event ${nameOfEvent(key)}`;
    if (has && !isWanted) this.#unwanted.set(id, `${name} did not match the filter of ${endpoint.id}`);
    const isLate = publishedAt + LATE_MS < this.#now && publishedAt + TOLERANCE_MS < endOf(endpoint);
    if (!has && isWanted && isLate) this.#differ('stored', id, `${name} has no delivery ${id} for ${endpoint.id}`);
  }

  differences(): Difference<WebhooksCheck>[] {
    const unknown = [...this.#deliveries].flatMap(([id, { endpointId, event }]): [string, string][] => {
      if (!this.#endpoints.has(endpointId)) return [[id, `there is no endpoint ${endpointId}`]];
      return this.#events.has(nameOfEvent(event)) ? [] : [[id, `there is no event ${nameOfEvent(event)}`]];
    });
    for (const [id, problem] of [...unknown, ...this.#unwanted])
      this.#differ('wanted', id, `delivery ${id}: ${problem}`);
    return this.#found;
  }

  #differ(check: WebhooksCheck, id: string, message: string): void {
    this.#found.push({ check, id, message });
  }
}

function problemsOf({ status, attempts, failures }: Delivery): string[] {
  const succeeded = (some: Delivery['attempts']) => some.some(({ error }) => error === undefined);
  if (status === 'delivered' && !succeeded(attempts)) return ['delivered, but no attempt has succeeded'];
  if (status === 'pending' && attempts.length < failures) return ['it has fewer attempts than failures'];
  if (status !== 'failed') return [];
  // Its failures are those since it was last replayed.
  const last = attempts.slice(-Math.max(1, failures));
  if (last.length < Math.max(1, failures)) return ['failed, but it has fewer attempts than failures'];
  return succeeded(last) ? ['failed, but an attempt has succeeded since it was last replayed'] : [];
}

function knownEvent(item: Item): KnownEvent | undefined {
  const [kind, ...subject] = `${item.pk}`.split('#');
  if (kind !== 'SUBJECT') return undefined;
  const publishedAt = item.published_at === undefined ? Number.POSITIVE_INFINITY : Date.parse(`${item.published_at}`);
  const tried = attempt(() => cloudEvent(eventOfItem(item)));
  const key = { subject: subject.join('#'), position: `${item.sk}` as EventKey['position'] };
  if ('error' in tried) return { key, publishedAt };
  return { key: { ...key, position: positionOf(tried.value) }, publishedAt, matched: tried.value };
}

const isNearChange = ({ filters }: KnownEndpoint, time: number) =>
  filters.some(({ since }) => Math.abs(Date.parse(since) - time) <= TOLERANCE_MS);

/** Nothing is stored for an endpoint that is deleted when an event arrives. */
const endOf = ({ deletedAt }: KnownEndpoint) =>
  deletedAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(deletedAt);
