import { createHash } from 'node:crypto';
import { z } from 'zod';
import { digits, entity, type Fields, fields, flat, json, named, text, trusted } from '../kernel/codec.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import type { Asset, Money } from '../kernel/money.ts';
import type { UserId } from '../ledger/index.ts';
import { firstReference } from '../rail/index.ts';
import { attemptFields, leaseFields, refusal } from '../rail/items.ts';
import { deadLetter } from '../recovery/items.ts';
import { NETWORKS, type Network } from './assets.ts';
import type { WithdrawalId } from './ids.ts';
import type { DeniedAddress, Open, Processor } from './ports.ts';
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
 *                                                    gsi2, sparse, OPEN#<0..7>: those that are not terminal
 *     pk IDEM#withdrawal:<user>#<key> sk IDEM        an idempotency key and its withdrawal, until it expires
 *     pk PROCESSOR                    sk PROCESSOR   whether workers may work
 *     pk DENIED#<network>#<address>   sk DENIED      gsi1 DENIED#<network>
 *
 * The held amounts and their entries are items of the ledger. The request never changes and nothing reads its parts
 * separately, so it is one JSON attribute: the fewer attributes, the cheaper a write.
 */
export const withdrawalKey = (id: WithdrawalId) => ({ pk: `WITHDRAWAL#${id}`, sk: 'WITHDRAWAL' });
export const userPartition = (userId: UserId) => `USER#${userId}`;
export const PROCESSOR_KEY = { pk: 'PROCESSOR', sk: 'PROCESSOR' };
export const deniedKey = (network: Network, address: string) => ({ pk: `DENIED#${network}#${address}`, sk: 'DENIED' });
export const deniedPartition = (network: Network) => `DENIED#${network}`;

/** Every change of an open withdrawal writes here, which is more than one partition takes. */
export const OPEN_SHARDS = 8;
export const openPartition = (shard: number) => `OPEN#${shard}`;

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
  createdAt: text(),
  updatedAt: text(),
};

type In<Status> = Facts & Extract<WithdrawalState, { status: Status }>;
const failure = refusal;
const transaction = z.object({ hash: z.string(), confirmations: z.number() });
const [mayHaveFailed, mayBeOnChain] = [refusal.optional(), named('on_chain', transaction.optional())];
const stored = z.discriminatedUnion('status', [
  fields<In<'PENDING'>>({ ...facts, status: z.literal('PENDING') }),
  fields<In<'PROCESSING'>>({
    ...facts,
    status: z.literal('PROCESSING'),
    failure: mayHaveFailed,
    transaction: mayBeOnChain,
  }),
  fields<In<'UNKNOWN'>>({ ...facts, status: z.literal('UNKNOWN'), failure: mayHaveFailed }),
  fields<In<'RETRYING'>>({ ...facts, status: z.literal('RETRYING'), failure }),
  fields<In<'FAILED'>>({ ...facts, status: z.literal('FAILED'), failure }),
  fields<In<'COMPLETED'>>({ ...facts, status: z.literal('COMPLETED'), transaction: named('on_chain', transaction) }),
]);

export const { encode: withdrawalItem, decode: withdrawalOf } = entity<Withdrawal>(
  z.codec(stored, trusted<Withdrawal>(), {
    decode: ({ request: asked, reference, ...rest }) => ({
      ...asked,
      ...rest,
      reference: reference ?? firstReference(rest.id),
    }),
    encode: ({ reference, ...rest }) => ({
      ...rest,
      request: rest,
      ...(reference === firstReference(rest.id) ? {} : { reference }),
    }),
  }),
  (withdrawal) => {
    const { id, userId, createdAt } = withdrawal;
    const place = `${createdAt}#${id}`;
    const shard = (createHash('sha256').update(id).digest()[0] ?? 0) % OPEN_SHARDS;
    return {
      ...withdrawalKey(id),
      gsi1pk: userPartition(userId),
      gsi1sk: place,
      ...(isTerminal(withdrawal) ? {} : { gsi2pk: openPartition(shard), gsi2sk: place }),
    };
  },
);

/** What the index of open withdrawals projects. */
export const { decode: openOf } = entity(
  fields<Open>({
    id: text<WithdrawalId>(),
    status: z.enum(WITHDRAWAL_STATUSES),
    version: z.int(),
    dueAt: z.number(),
    createdAt: text(),
    leasedUntil: named('lease_until', z.number().optional()),
    isDead: named(
      'dead_letter',
      z.codec(deadLetter.optional(), z.boolean(), { decode: (dead) => dead !== undefined, encode: () => undefined }),
    ),
  }),
);

const processor = entity(
  fields<Processor>({ isStopped: named('stopped', z.boolean().default(false)), dispatchedAt: z.number().default(0) }),
);
/** The processor runs until it is stopped for the first time: before that there need not be an item. */
export const processorOf = (item: Record<string, unknown> = PROCESSOR_KEY) => processor.decode(item);

export const { encode: deniedItem, decode: deniedOf } = entity(
  fields<DeniedAddress>({ network: z.enum(NETWORKS), address: text(), reason: text(), createdAt: text() }),
  ({ network, address, createdAt }) => ({
    ...deniedKey(network, address),
    gsi1pk: deniedPartition(network),
    gsi1sk: `${createdAt}#${address}`,
  }),
);
