import { createHash } from 'node:crypto';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import type { Asset } from '../kernel/money.ts';
import type { UserId } from '../ledger/index.ts';
import { firstReference, type Refusal } from '../rail/index.ts';
import type { DeadLetter } from '../recovery/index.ts';
import type { WithdrawalId } from './ids.ts';
import type { Network } from './networks.ts';
import type { DeniedAddress, Open } from './ports.ts';
import { isTerminal, type Source, type Transaction, type Withdrawal, type WithdrawalStatus } from './withdrawal.ts';

/**
 * How withdrawals lie in DynamoDB:
 *
 *     pk WITHDRAWAL#<id>              sk WITHDRAWAL  gsi1 USER#<user>: a user's, newest first
 *                                                    gsi2, sparse, OPEN#<0..7>: those that are not terminal
 *     pk IDEM#withdrawal:<user>#<key> sk IDEM        what a key stands for, as long as it lives
 *     pk PROCESSOR                    sk PROCESSOR   whether workers may work
 *     pk DENIED#<network>#<address>   sk DENIED      gsi1 DENIED#<network>
 *
 * The amounts that are held, and their entries, lie with the wallets. What the caller asked for never changes and is not
 * asked for by itself, so it is one JSON attribute: the fewer attributes, the cheaper a write.
 */
export type Item = Record<string, unknown>;

export const withdrawalKey = (id: WithdrawalId) => ({ pk: `WITHDRAWAL#${id}`, sk: 'WITHDRAWAL' });
export const userPartition = (userId: UserId) => `USER#${userId}`;
export const PROCESSOR_KEY = { pk: 'PROCESSOR', sk: 'PROCESSOR' };
export const deniedKey = (network: Network, address: string) => ({ pk: `DENIED#${network}#${address}`, sk: 'DENIED' });
export const deniedPartition = (network: Network) => `DENIED#${network}`;

/** Every change of an open withdrawal writes here, which is more than one partition takes. */
export const OPEN_SHARDS = 8;
export const openPartition = (shard: number) => `OPEN#${shard}`;

export function withdrawalItem(withdrawal: Withdrawal): Item {
  const { id, userId, lease, deadLetter, createdAt, reference } = withdrawal;
  const place = `${createdAt}#${id}`;
  const shard = (createHash('sha256').update(id).digest()[0] ?? 0) % OPEN_SHARDS;
  return definedOnly({
    ...withdrawalKey(id),
    gsi1pk: userPartition(userId),
    gsi1sk: place,
    ...(isTerminal(withdrawal) ? {} : { gsi2pk: openPartition(shard), gsi2sk: place }),
    id,
    request: requestText(withdrawal),
    status: withdrawal.status,
    version: withdrawal.version,
    reference: reference === firstReference(id) ? undefined : reference,
    attempts: withdrawal.attempts,
    unanswered: withdrawal.unanswered || undefined,
    opening: withdrawal.retryCycle,
    retries: withdrawal.retries,
    rounds: withdrawal.rounds,
    due_at: withdrawal.dueAt,
    failure: 'failure' in withdrawal ? withdrawal.failure : undefined,
    on_chain: 'transaction' in withdrawal ? withdrawal.transaction : undefined,
    lease_owner: lease?.owner,
    lease_until: lease?.until,
    dead_letter: deadLetter && deadLetterItem(deadLetter),
    created_at: createdAt,
    updated_at: withdrawal.updatedAt,
  });
}

function requestText(withdrawal: Withdrawal): string {
  const { userId, key, money, network, address, maxRetries, source, requiredConfirmations } = withdrawal;
  return JSON.stringify({
    user_id: userId,
    key,
    asset: money.currency,
    amount: `${money.minor}`,
    network,
    address,
    max_retries: maxRetries,
    source,
    required_confirmations: requiredConfirmations,
  });
}

export function withdrawalOf(item: Item): Withdrawal {
  const stored = item as {
    id: WithdrawalId;
    request: string;
    status: WithdrawalStatus;
    version: number;
    reference?: string;
    attempts: number;
    unanswered?: boolean;
    opening: number;
    retries: number;
    rounds: number;
    due_at: number;
    failure?: Refusal;
    on_chain?: Transaction;
    lease_owner?: string;
    lease_until?: number;
    dead_letter?: { at: string; message_id: string; receives: number };
    created_at: string;
    updated_at: string;
  };
  const { id, failure, on_chain, lease_owner: owner, lease_until: until, dead_letter: dead } = stored;
  return {
    ...requestOf(stored.request),
    id,
    status: stored.status,
    version: stored.version,
    reference: stored.reference ?? firstReference(id),
    attempts: stored.attempts,
    unanswered: stored.unanswered ?? false,
    retryCycle: stored.opening,
    retries: stored.retries,
    rounds: stored.rounds,
    dueAt: stored.due_at,
    ...(failure === undefined ? {} : { failure }),
    ...(on_chain === undefined ? {} : { transaction: on_chain }),
    ...(owner === undefined || until === undefined ? {} : { lease: { owner, until } }),
    ...(dead === undefined ? {} : { deadLetter: { at: dead.at, messageId: dead.message_id, receives: dead.receives } }),
    createdAt: stored.created_at,
    updatedAt: stored.updated_at,
  } as Withdrawal;
}

function requestOf(text: string) {
  const asked = JSON.parse(text) as {
    user_id: UserId;
    key: IdempotencyKey;
    asset: Asset;
    amount: string;
    network: Network;
    address: string;
    max_retries: number;
    source: Source;
    required_confirmations: number;
  };
  return {
    userId: asked.user_id,
    key: asked.key,
    money: { minor: BigInt(asked.amount), currency: asked.asset },
    network: asked.network,
    address: asked.address,
    maxRetries: asked.max_retries,
    source: asked.source,
    requiredConfirmations: asked.required_confirmations,
  };
}

/** Of what the index of open withdrawals projects. */
export function openOf(item: Item): Open {
  const { id, status, version, due_at, created_at, lease_until } = item as {
    id: WithdrawalId;
    status: WithdrawalStatus;
    version: number;
    due_at: number;
    created_at: string;
    lease_until?: number;
  };
  return {
    ...{ id, status, version, dueAt: due_at, createdAt: created_at, isDead: item.dead_letter !== undefined },
    ...(lease_until === undefined ? {} : { leasedUntil: lease_until }),
  };
}

export function deadLetterItem({ at, messageId, receives }: DeadLetter): Item {
  return { at, message_id: messageId, receives };
}

export function deniedItem({ network, address, reason, createdAt }: DeniedAddress): Item {
  const listed = { gsi1pk: deniedPartition(network), gsi1sk: `${createdAt}#${address}` };
  return { ...deniedKey(network, address), ...listed, network, address, reason, created_at: createdAt };
}

export function deniedOf(item: Item): DeniedAddress {
  const stored = item as { network: Network; address: string; reason: string; created_at: string };
  return {
    network: stored.network,
    address: stored.address,
    reason: stored.reason,
    createdAt: stored.created_at,
  };
}

function definedOnly(item: Item): Item {
  return Object.fromEntries(Object.entries(item).filter(([, value]) => value !== undefined));
}
