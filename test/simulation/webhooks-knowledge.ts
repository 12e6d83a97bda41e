import type { Delivery, DeliveryId } from '../../lib/webhooks/delivery.ts';
import type { Endpoint, EndpointId, Matched } from '../../lib/webhooks/endpoint.ts';
import { DELETED, deliveryOf, ENDPOINTS, endpointOf } from '../../lib/webhooks/items.ts';
import { SECRETS } from '../support/secrets.ts';
import type { SimulatedWorld } from './world.ts';
import type { Write } from './writes.ts';

/** A state, and since when it is stored. */
export type Since<State> = { readonly at: number; readonly state: State };

/** A replay that was answered with 202. */
export type AskedReplay = {
  readonly endpointId: EndpointId;
  /** Before the request was sent. */
  readonly at: number;
  readonly covers: { readonly ids: readonly string[] } | { readonly from: number; readonly to: number };
};

/** Between a read of an endpoint or a delivery and the last call that follows from it: a slow answer, and a turn. */
export const STALE_MS = 25_000 + 10_000 + 1_500;
/** How far the clocks of two containers may differ. */
export const SKEW_MS = 1_000;

/** What the simulator has seen of webhooks: every stored state of endpoints and deliveries. */
export class WebhookKnowledge {
  readonly endpoints = new Map<EndpointId, Since<Endpoint>[]>();
  readonly deliveries = new Map<DeliveryId, Since<Delivery>[]>();
  readonly replays: AskedReplay[] = [];
  /** Hosts that never answer again. */
  readonly hopeless = new Set<string>();
  /** When a person has enabled each last, which takes the turn away from a worker. Infinite while the request is under way. */
  readonly enabledAt = new Map<EndpointId, number>();
  calmSince = Number.POSITIVE_INFINITY;
  readonly #world: SimulatedWorld;
  readonly #unmarked = new Set<string>();

  constructor(world: SimulatedWorld) {
    this.#world = world;
  }

  /** Calls `delivery` and `endpoint` with each new state and the one before. */
  async watch(changed: {
    readonly delivery: (after: Delivery, before: Delivery | undefined) => void;
    readonly endpoint: (after: Endpoint, before: Endpoint | undefined) => void;
  }): Promise<void> {
    const opener = await SECRETS.opener('webhooks');
    this.#world.onWrite(({ pk, sk, values }: Write) => {
      if (pk === ENDPOINTS || pk === DELETED) {
        changed.endpoint(...this.#add(this.endpoints, sk as EndpointId, endpointOf(values, opener)));
      }
      if (pk.startsWith('SUBJECT#')) {
        if (values.pk === undefined) this.#unmarked.delete(`${pk} ${sk}`);
        else this.#unmarked.add(`${pk} ${sk}`);
      }
      if (sk !== 'DELIVERY') return;
      const after = deliveryOf(values);
      changed.delivery(...this.#add(this.deliveries, after.id, after));
    });
  }

  #add<Id, State>(all: Map<Id, Since<State>[]>, id: Id, state: State): [State, State | undefined] {
    const before = all.get(id) ?? [];
    all.set(id, [...before, { at: this.#world.schedule.now, state }]);
    return [state, before.at(-1)?.state];
  }

  /** Whether all events are marked as published. */
  get isPublished(): boolean {
    return this.#unmarked.size === 0;
  }

  /** The endpoint that has or had this URL. */
  endpointAt(url: string): EndpointId | undefined {
    return [...this.endpoints].find(([, versions]) => versions.some(({ state }) => state.url === url))?.[0];
  }

  /** The last version of each. */
  get current(): readonly Endpoint[] {
    return [...this.endpoints.values()].flatMap((versions) => versions.at(-1)?.state ?? []);
  }

  get living(): readonly Endpoint[] {
    return this.current.filter(({ deletedAt }) => deletedAt === undefined);
  }

  deliveriesOf(id: EndpointId): readonly Delivery[] {
    const all = [...this.deliveries.values()].flatMap((states) => states.at(-1)?.state ?? []);
    return all.filter(({ endpointId }) => endpointId === id);
  }
}

/** Those of the states that were stored at some time between `from` and `to`. */
export function inForce<State>(states: readonly Since<State>[] = [], from: number, to: number): readonly State[] {
  return states
    .filter(({ at }, index) => at <= to && (states[index + 1]?.at ?? Number.POSITIVE_INFINITY) >= from)
    .map(({ state }) => state);
}

/** @returns undefined if that cannot be known, because the filter was being stored when the event happened */
export function isWanted(versions: readonly Since<Endpoint>[], event: Matched) {
  const { type, subject } = event;
  const time = Date.parse(event.time);
  const latest = versions.at(-1)?.state;
  if (type === 'webhook_endpoint.test') return subject === latest?.id;
  let types: readonly string[] = [];
  for (const filter of latest?.filters ?? []) {
    const since = Date.parse(filter.since);
    const storedAt =
      versions.find(({ state }) => state.filters.some((each) => each.since === filter.since))?.at ?? since;
    if (time >= since - SKEW_MS && time <= storedAt + SKEW_MS) return undefined;
    if (time >= since) types = filter.types;
  }
  const [kind = ''] = type.split('.');
  return types.some((wanted) => wanted === '*' || wanted === type || wanted === `${kind}.*`);
}

const known = new WeakMap<SimulatedWorld, WebhookKnowledge>();
export function knowledgeOf(world: SimulatedWorld): WebhookKnowledge {
  const one = known.get(world) ?? new WebhookKnowledge(world);
  known.set(world, one);
  return one;
}
