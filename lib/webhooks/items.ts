import { z } from 'zod';
import type { FieldPlace, Opener, Sealer } from '../crypto/index.ts';
import type { Position } from '../events/index.ts';
import { absentAs, entity, fields, flat, type Item, json, named, prefixed, text } from '../kernel/codec.ts';
import { type Attempt, DELIVERY_STATUSES, type Delivery, type DeliveryId, type DeliveryStatus } from './delivery.ts';
import { DISABLE_REASONS, type Endpoint, type EndpointId, type Filter, type Secret } from './endpoint.ts';
import type { OpenReplay } from './ports.ts';

/**
 * How webhooks are stored in DynamoDB:
 *
 *     pk ENDPOINTS       sk <endpoint id>  an endpoint; its secrets are encrypted
 *     pk DELETED         sk <endpoint id>  an endpoint that was deleted, with the filters that it had
 *     pk TURN#<id>       sk TURN           which worker sends to an endpoint, and since when all calls fail
 *     pk DELIVERY#<id>   sk DELIVERY       a delivery with its attempts
 *                                          gsi1, keys only, <endpoint id>#<status>: by `at`
 *     pk DELIVERY#<id>   sk ANSWER#<001>   the beginning of a long answer
 *     pk REPLAYS         sk <replay id>    a replay of several that has not ended, and how far it is
 *     pk IDEM#<...>      sk IDEM           idempotency keys
 *
 * A delivery has 0.5 KB. To create it costs 2 write units, to end it 3, and 2 for each failure in between. One endpoint can
 * get 300 deliveries a second: one partition of the index has all deliveries of a status.
 */
export const ENDPOINTS = 'ENDPOINTS';
export const DELETED = 'DELETED';
const DELIVERY = 'DELIVERY#';
const TURN = 'TURN#';
export const REPLAYS = 'REPLAYS';
const ANSWER = 'ANSWER#';

export const endpointKey = (id: EndpointId) => ({ pk: ENDPOINTS, sk: id });
export const turnKey = (id: EndpointId) => ({ pk: `${TURN}${id}`, sk: 'TURN' });
export const deliveryKey = (id: DeliveryId) => ({ pk: `${DELIVERY}${id}`, sk: 'DELIVERY' });
export const answerKey = (id: DeliveryId, attempt: number) => ({
  pk: `${DELIVERY}${id}`,
  sk: `${ANSWER}${`${attempt}`.padStart(3, '0')}`,
});
export const attemptOf = ({ sk }: Item) => Number(`${sk}`.slice(ANSWER.length));
export const deliveryIdOfItem = ({ pk }: Item) => `${pk}`.slice(DELIVERY.length) as DeliveryId;

type StoredEndpoint = Omit<Endpoint, 'secrets'> & { readonly secrets: string };
const stored = entity(
  fields<StoredEndpoint>({
    id: named('sk', text<EndpointId>()),
    url: text(),
    description: text(),
    enabled: z.boolean(),
    disabledFor: z.enum(DISABLE_REASONS).optional(),
    filters: json(z.array(fields<Filter>({ since: text(), types: z.array(z.string()).readonly() })).readonly()),
    secrets: text(),
    createdAt: text(),
    deletedAt: text().optional(),
    version: z.int(),
  }),
  ({ id, deletedAt }) => ({ ...endpointKey(id), ...(deletedAt === undefined ? {} : { pk: DELETED }) }),
);
const secrets = z.array(z.object({ secret: z.string(), until: z.string().optional() }).readonly()).readonly();

const secretsOf = (id: EndpointId): FieldPlace => ({ ...endpointKey(id), attribute: 'secrets' });

export function endpointItem(endpoint: Endpoint, sealer: Sealer): Item {
  const plain: readonly Secret[] = endpoint.secrets;
  return stored.encode({ ...endpoint, secrets: sealer.seal(JSON.stringify(plain), secretsOf(endpoint.id)) });
}

export function endpointOf(item: Item, opener: Opener): Endpoint {
  const { secrets: sealed, ...endpoint } = stored.decode(item);
  return { ...endpoint, secrets: secrets.parse(JSON.parse(opener.open(sealed, secretsOf(endpoint.id)))) };
}

/** Without the secrets, for a reader that has no key. */
export const { decode: sealedEndpointOf } = stored;

/** `until`: epoch milliseconds. `asked`: another worker wanted the turn. */
export type StoredTurn = {
  readonly id: EndpointId;
  readonly owner?: string | undefined;
  readonly until: number;
  readonly asked: boolean;
  readonly wakeAt?: number | undefined;
  readonly failingSince?: string | undefined;
};
export const { decode: turnOf } = entity(
  fields<StoredTurn>({
    id: named('pk', prefixed(TURN)),
    owner: text().optional(),
    until: absentAs(0, z.number()),
    asked: absentAs(false, z.boolean()),
    wakeAt: z.number().optional(),
    failingSince: text().optional(),
  }),
);

export const replayKey = (replayId: string) => ({ pk: REPLAYS, sk: replayId });
export const { encode: replayItem, decode: replayOf } = entity(
  fields<OpenReplay>({
    replayId: named('sk', text()),
    endpointId: text<EndpointId>(),
    range: json(z.object({ from: z.number(), to: z.number() }).readonly()).optional(),
    cursor: text().optional(),
    at: z.number(),
  }),
  ({ replayId }) => replayKey(replayId),
);

const delivery = entity(
  fields<Delivery>({
    id: named('pk', prefixed(DELIVERY)),
    endpointId: text<EndpointId>(),
    event: flat({ subject: text(), position: text<Position>() }, { prefix: 'event_' }),
    type: text(),
    status: z.enum(DELIVERY_STATUSES),
    createdAt: text(),
    at: text(),
    failures: absentAs(0, z.int()),
    replays: absentAs(0, z.int()),
    replayId: text().optional(),
    attempts: absentAs<readonly Attempt[]>(
      [],
      json(
        z
          .array(
            fields<Attempt>({
              at: text(),
              durationMs: named('ms', z.int()),
              status: z.int().optional(),
              error: text().optional(),
              answer: text().optional(),
              hasMore: named('more', z.boolean().optional()),
            }),
          )
          .readonly(),
      ) as unknown as z.ZodType<readonly Attempt[]>,
    ),
  }),
  ({ id }) => deliveryKey(id),
);
export const deliveryOf = delivery.decode;

export const listPartition = (id: EndpointId, status: DeliveryStatus) => `${id}#${status}`;
const place = ({ endpointId, status, at, id }: Pick<Delivery, 'endpointId' | 'status' | 'at' | 'id'>) => ({
  gsi1pk: listPartition(endpointId, status),
  gsi1sk: `${at}#${id}`,
});
/** Each change is an attempt or a replay. */
export const versionOf = ({ attempts, replays }: Delivery) => attempts.length + replays;
export const deliveryItem = (one: Delivery): Item => ({
  ...delivery.encode(one),
  ...place(one),
  version: versionOf(one),
});

/** When it is due or ended, of an item of the index. */
export const timeOf = ({ gsi1sk }: Item) => Date.parse(`${gsi1sk}`.split('#', 1)[0] ?? '');
