import { z } from 'zod';
import type { ApprovalNeed } from '../access/index.ts';
import { reservationAttribute } from '../access/items.ts';
import { keyRecord } from '../aws/idempotency.ts';
import type { FieldPlace, HmacOf, Opener, Sealer } from '../crypto/index.ts';
import { digits, entity, type Fields, fields, flat, type Item, json, named, text, trusted } from '../kernel/codec.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import type { Asset, Money } from '../kernel/money.ts';
import type { Entry, UserId } from '../ledger/index.ts';
import { entryAttribute, postingsAttribute } from '../ledger/items.ts';
import { firstReference } from '../rail/index.ts';
import { attemptFields, historyItem, historyText, leaseFields, refusal } from '../rail/items.ts';
import { deadLetter } from '../recovery/items.ts';
import { NETWORKS, type Network } from './assets.ts';
import { storedCapture } from './entries.ts';
import type { WithdrawalId } from './ids.ts';
import { type Open, type OpenPart, type Place, placeOf } from './open.ts';
import type { DeniedAddress, Processor, Sweep } from './ports.ts';
import {
  isTerminal,
  SOURCES,
  WITHDRAWAL_STATUSES,
  type Withdrawal,
  type WithdrawalFacts,
  type WithdrawalRequest,
  type WithdrawalState,
} from './withdrawal.ts';

/**
 * How withdrawals are stored in DynamoDB:
 *
 *     pk WITHDRAWAL#<id>              sk WITHDRAWAL  gsi1 USER#<user>: a user's, newest first
 *                                                    gsi2, sparse, <PART>#<shard>: those that are not terminal, by time
 *     pk PROCESSOR                    sk PROCESSOR   whether workers may work, and the last sweep of the recovery
 *     pk DENIED#<network>#<HMAC of the address>   sk DENIED   gsi1 DENIED#<network>
 *
 * The held amounts and their entries are items of the ledger, but the capture is an attribute of the withdrawal. The request never changes and nothing reads its parts
 * separately, so it is one JSON attribute: the fewer attributes, the cheaper a write. Addresses are encrypted, also within it.
 *
 * Before data version 2 a withdrawal's id was drawn at random, IDEM#withdrawal:<user>#<key> kept it for a day, and gsi2 had
 * the partitions OPEN#<0..7> in the order of creation. Both are still read.
 *
 * Before data version 5 addresses were in plain, also in the keys of the deny-list. Before data version 9 the whole capture was
 * stored, not only its postings. Both are still read.
 */
export const withdrawalKey = (id: WithdrawalId) => ({ pk: `WITHDRAWAL#${id}`, sk: 'WITHDRAWAL' });
export const userPartition = (userId: UserId) => `USER#${userId}`;
export const PROCESSOR_KEY = { pk: 'PROCESSOR', sk: 'PROCESSOR' };
/** @param digest {@link addressDigest} */
export const deniedKey = (network: Network, digest: string) => ({ pk: `DENIED#${network}#${digest}`, sk: 'DENIED' });
/** @param address in its canonical form */
export const addressDigest = (hmacOf: HmacOf, network: Network, address: string) =>
  hmacOf(`address:${network}`, address);
export const deniedPartition = (network: Network) => `DENIED#${network}`;

/** A partition takes 1,000 writes a second. A withdrawal needs two in each of the first two parts; dead letters are few. */
export const OPEN_SHARDS = 16;
const partition = (part: OpenPart, shard: number) => `${part.toUpperCase()}#${String(shard).padStart(2, '0')}`;
const shardsOf = (part: OpenPart) => (part === 'dead' ? 1 : OPEN_SHARDS);
export const openPartitions = (part: OpenPart) =>
  Array.from({ length: shardsOf(part) }, (_, shard) => partition(part, shard));
/** Of earlier versions. */
export const OLDER_OPEN_PARTITIONS = Array.from({ length: 8 }, (_, shard) => `OPEN#${shard}`);
export const olderKey = (userId: UserId, key: IdempotencyKey) => keyRecord({ scope: `withdrawal:${userId}`, key });

/** The key of an open withdrawal in its index. */
export function openKey(id: WithdrawalId, { part, at }: Place) {
  const shard = Number.parseInt(id.slice(-4), 16) % shardsOf(part);
  return { gsi2pk: partition(part, shard), gsi2sk: at };
}

/** With the fields that are fixed when it is accepted. */
type Request = WithdrawalRequest & Pick<WithdrawalFacts, 'key' | 'requiredConfirmations'>;
const request = fields<Request>({
  userId: text<UserId>(),
  key: text<IdempotencyKey>(),
  money: flat<Money<Asset>>({ currency: named('asset', text<Asset>()), minor: named('amount', digits()) }),
  network: z.enum(NETWORKS),
  address: text(),
  maxRetries: z.int(),
  source: z.enum(SOURCES),
  requiredConfirmations: z.int(),
});

type Facts = Omit<WithdrawalFacts, keyof Request | 'reference'> & {
  readonly request: Request;
  readonly reference?: string;
};
const facts: Fields<Facts> = {
  id: text<WithdrawalId>(),
  request: json(request),
  version: z.int(),
  ...attemptFields,
  retryCycle: named('opening', z.int()),
  retries: z.int(),
  rounds: z.int(),
  dueAt: z.number(),
  lease: leaseFields,
  deadLetter: deadLetter.optional(),
  reservation: reservationAttribute.optional(),
  approvalId: text<ApprovalNeed['id']>().optional(),
  history: historyText.optional(),
  createdAt: text(),
  updatedAt: text(),
};

type In<Status> = Facts & Extract<WithdrawalState, { status: Status }>;
type StoredCapture = { readonly capture?: Entry | Entry['postings'] | undefined };
const failure = refusal;
const transaction = z.object({ hash: z.string(), confirmations: z.number() });
const [mayHaveFailed, mayBeOnChain] = [refusal.optional(), named('on_chain', transaction.optional())];
const stored = z.discriminatedUnion('status', [
  fields<In<'PENDING'>>({ ...facts, status: z.literal('PENDING') }),
  fields<In<'AWAITING_APPROVAL'>>({ ...facts, status: z.literal('AWAITING_APPROVAL') }),
  fields<In<'PROCESSING'>>({
    ...facts,
    status: z.literal('PROCESSING'),
    failure: mayHaveFailed,
    transaction: mayBeOnChain,
  }),
  fields<In<'UNKNOWN'>>({ ...facts, status: z.literal('UNKNOWN'), failure: mayHaveFailed }),
  fields<In<'RETRYING'>>({ ...facts, status: z.literal('RETRYING'), failure }),
  fields<In<'FAILED'>>({ ...facts, status: z.literal('FAILED'), failure }),
  fields<In<'REJECTED'>>({ ...facts, status: z.literal('REJECTED'), failure }),
  fields<Omit<In<'COMPLETED'>, 'capture'> & StoredCapture>({
    ...facts,
    status: z.literal('COMPLETED'),
    transaction: named('on_chain', transaction),
    capture: z.union([postingsAttribute, entryAttribute]).optional(),
  }),
]);

const { encode: itemOf, decode } = entity<Withdrawal>(
  z.codec(stored, trusted<Withdrawal>(), {
    decode({ request: asked, reference, ...rest }) {
      const withdrawal = { ...asked, ...rest, reference: reference ?? firstReference(rest.id) };
      if (withdrawal.status !== 'COMPLETED') return withdrawal;
      const { capture, ...completed } = withdrawal;
      if (!capture || 'postings' in capture) return { ...completed, capture };
      return { ...completed, capture: storedCapture(completed, capture, completed.updatedAt) };
    },
    encode: ({ reference, ...rest }) => ({
      ...rest,
      request: rest,
      ...(reference === firstReference(rest.id) ? {} : { reference }),
      ...('capture' in rest ? { capture: rest.capture?.postings } : {}),
    }),
  }),
  (withdrawal) => {
    const { id, userId, createdAt, lease } = withdrawal;
    return {
      ...withdrawalKey(id),
      gsi1pk: userPartition(userId),
      gsi1sk: `${createdAt}#${id}`,
      ...(isTerminal(withdrawal)
        ? {}
        : openKey(id, placeOf({ ...withdrawal, ...(lease && { leasedUntil: lease.until }) }))),
    };
  },
);

export const withdrawalOf = decode;

export function withdrawalItem({ history, ...withdrawal }: Withdrawal): Item {
  const item = itemOf(withdrawal);
  return { ...item, ...historyItem(history, item) };
}

/** The stored form of a withdrawal. Its address is encrypted. */
export function sealWithdrawal<W extends Withdrawal>(sealer: Sealer, withdrawal: W): W {
  return { ...withdrawal, address: sealer.seal(withdrawal.address, addressIn(withdrawal.id)) };
}

/** The withdrawal with its address in plain. */
export function openWithdrawal(opener: Opener, withdrawal: Withdrawal): Withdrawal {
  return { ...withdrawal, address: opener.open(withdrawal.address, addressIn(withdrawal.id)) };
}

const addressIn = (id: WithdrawalId): FieldPlace => ({ ...withdrawalKey(id), attribute: 'request' });

/** What the index of open withdrawals projects. */
export const { decode: openOf } = entity(
  fields<Open>({
    id: text<WithdrawalId>(),
    status: z.enum(WITHDRAWAL_STATUSES),
    version: z.int(),
    dueAt: z.number(),
    createdAt: text(),
    leasedUntil: named('lease_until', z.number().optional()),
    deadLetter: deadLetter.optional(),
  }),
);

const sweep = fields<Sweep>({ beganAt: z.number(), upTo: text(), reached: text().optional() });
export const { encode: sweepItem } = entity(sweep);
const processor = entity(
  fields<Processor>({
    isStopped: named('stopped', z.boolean().default(false)),
    changes: z.int().default(0),
    stoppedAt: named('stopped_at', z.number().optional()),
    sweep: sweep.optional(),
  }),
);
/** The processor runs until it is stopped for the first time: before that there need not be an item. */
export const processorOf = (item: Record<string, unknown> = PROCESSOR_KEY) => processor.decode(item);

/** `pk` ends with the digest of the address; in items of earlier versions with the address. */
export type StoredDenied = DeniedAddress & { readonly pk: string };
export const { encode: deniedItem, decode: deniedOf } = entity(
  fields<StoredDenied>({
    pk: text(),
    id: text().optional(),
    network: z.enum(NETWORKS),
    address: text(),
    reason: text(),
    createdAt: text(),
  }),
  ({ pk, network, createdAt }) => ({
    ...{ pk, sk: 'DENIED' },
    gsi1pk: deniedPartition(network),
    gsi1sk: `${createdAt}#${pk.slice(deniedPartition(network).length + 1)}`,
  }),
);

/** The stored form of an entry. Its address is encrypted. */
export function sealDenied(sealer: Sealer, digest: string, denied: DeniedAddress): StoredDenied {
  const { pk } = deniedKey(denied.network, digest);
  return { ...denied, pk, address: sealer.seal(denied.address, deniedAddressIn(pk)) };
}

export function openDenied(opener: Opener, { pk, ...denied }: StoredDenied): DeniedAddress {
  return { ...denied, address: opener.open(denied.address, deniedAddressIn(pk)) };
}

const deniedAddressIn = (pk: string): FieldPlace => ({ pk, sk: 'DENIED', attribute: 'address' });
