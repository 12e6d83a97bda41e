import { isEqual } from 'es-toolkit';
import type { ApprovalNeed, Reservation } from '../access/index.ts';
import { invariant } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import type { Asset, Money } from '../kernel/money.ts';
import type { Entry, UserId } from '../ledger/index.ts';
import {
  type Attempt,
  type AttemptOutcome,
  afterAnswer,
  type Call,
  firstReference,
  type History,
  type Lease,
  type LookUpAnswer,
  NO_HISTORY,
  numberOf,
  type Refusal,
  referenceForNext,
  unchanged,
  withExecution,
} from '../rail/index.ts';
import type { DeadLetter } from '../recovery/index.ts';
import type { Network } from './assets.ts';
import type { WithdrawalId } from './ids.ts';

/**
 * A withdrawal is one instruction to send an asset to an address on a chain.
 *
 * - PENDING: accepted, nothing was sent.
 * - PROCESSING: a worker holds it and may send it, or it was broadcast and waits for its confirmations.
 * - RETRYING: the last attempt moved nothing; another one is due.
 * - UNKNOWN: a call has no answer. Nothing is sent until a look-up gives the outcome.
 * - COMPLETED: it has the required confirmations.
 * - FAILED: it moved nothing; only a client's retry sends it again.
 * - AWAITING_APPROVAL: its amount is held; nothing is sent before other persons have approved it.
 * - REJECTED: an end; it was not approved, or not in time.
 */
export const WITHDRAWAL_STATUSES = [
  'PENDING',
  'PROCESSING',
  'COMPLETED',
  'RETRYING',
  'FAILED',
  'UNKNOWN',
  'AWAITING_APPROVAL',
  'REJECTED',
] as const;
export type WithdrawalStatus = (typeof WITHDRAWAL_STATUSES)[number];

/** Every legal move. `PROCESSING -> PENDING`: a worker took it and did not send it. */
export const WITHDRAWAL_TRANSITIONS = {
  PENDING: ['PROCESSING'],
  PROCESSING: ['COMPLETED', 'RETRYING', 'FAILED', 'UNKNOWN', 'PENDING'],
  RETRYING: ['PROCESSING'],
  UNKNOWN: ['PROCESSING', 'COMPLETED', 'RETRYING', 'FAILED'],
  COMPLETED: [],
  FAILED: ['RETRYING'], // only by a client's retry
  AWAITING_APPROVAL: ['PENDING', 'REJECTED'], // only together with its approval
  REJECTED: [],
} as const satisfies Record<WithdrawalStatus, readonly WithdrawalStatus[]>;

/** `wallet`: the amount is held in the user's wallet. `external`: the caller keeps the books. */
export const SOURCES = ['wallet', 'external'] as const;
export type Source = (typeof SOURCES)[number];

/** The caller's request; it never changes. */
export type WithdrawalRequest = {
  readonly userId: UserId;
  readonly money: Money<Asset>;
  readonly network: Network;
  readonly address: string;
  /** Attempts after the first, automatic or by a client. */
  readonly maxRetries: number;
  readonly source: Source;
};

/** A transaction on the chain, with its confirmations at the last look-up. */
export type Transaction = { readonly hash: string; readonly confirmations: number };

export type WithdrawalFacts = WithdrawalRequest &
  Attempt & {
    readonly id: WithdrawalId;
    readonly key: IdempotencyKey;
    /** Confirmations that complete it, as configured when it was created. */
    readonly requiredConfirmations: number;
    /** Each change is written on condition that the stored version is the one before it. */
    readonly version: number;
    /** How often it was opened: once, and once more for each retry by a client. */
    readonly retryCycle: number;
    readonly retries: number;
    /** Leases and look-ups since the last progress; drives the backoff. */
    readonly rounds: number;
    /** Epoch milliseconds before which no worker takes it. */
    readonly dueAt: number;
    readonly lease?: Lease;
    readonly deadLetter?: DeadLetter;
    /** Of the daily limits of the key that opened it; none while it is FAILED. */
    readonly reservation?: Reservation | undefined;
    /** What the chain was asked, and its answers, but for look-ups of confirmations. Absent in withdrawals of earlier versions. */
    readonly history?: History | undefined;
    /** Absent if it needs no approval. */
    readonly approvalId?: ApprovalNeed['id'] | undefined;
    readonly createdAt: string;
    readonly updatedAt: string;
  };

export type WithdrawalState =
  | { readonly status: 'PENDING' }
  | { readonly status: 'AWAITING_APPROVAL' }
  | { readonly status: 'PROCESSING'; readonly transaction?: Transaction; readonly failure?: Refusal }
  | { readonly status: 'UNKNOWN'; readonly failure?: Refusal }
  | { readonly status: 'RETRYING'; readonly failure: Refusal }
  | { readonly status: 'FAILED'; readonly failure: Refusal }
  | { readonly status: 'REJECTED'; readonly failure: Refusal }
  | {
      readonly status: 'COMPLETED';
      readonly transaction: Transaction;
      /** The entry that moves the held amount out of the system. Withdrawals of earlier versions have it in the journal. */
      readonly capture?: Entry | undefined;
    };

export type Withdrawal = WithdrawalFacts & WithdrawalState;
export type In<Status extends WithdrawalStatus> = Extract<Withdrawal, { status: Status }>;

/** A withdrawal when it is accepted. */
export type New = In<'PENDING'> | In<'AWAITING_APPROVAL'>;

/** On the chain, without all of its required confirmations. */
export type Broadcast = In<'PROCESSING'> & { readonly transaction: Transaction };

export const DESTINATION_DENIED: Refusal = {
  code: 'DESTINATION_DENIED',
  message: 'Withdrawals to this destination are not allowed.',
  retryable: false,
};

export function newWithdrawal(
  request: WithdrawalRequest,
  own: Pick<WithdrawalFacts, 'id' | 'key' | 'requiredConfirmations' | 'reservation' | 'approvalId'>,
  now: number,
): New {
  const at = new Date(now).toISOString();
  const attempt = { reference: firstReference(own.id), attempts: 0, unanswered: false };
  const counts = { version: 1, retryCycle: 1, retries: 0, rounds: 0 };
  return {
    ...request,
    ...own,
    ...attempt,
    ...counts,
    status: own.approvalId === undefined ? 'PENDING' : 'AWAITING_APPROVAL',
    dueAt: now,
    createdAt: at,
    updatedAt: at,
  };
}

/** Whether a request for this withdrawal asked for the same. */
export function isRequestOf(
  { userId, money, network, address, maxRetries, source }: Withdrawal,
  request: WithdrawalRequest,
): boolean {
  return isEqual({ userId, money, network, address, maxRetries, source }, request);
}

export function isTerminal({ status }: Pick<Withdrawal, 'status'>): boolean {
  return status === 'COMPLETED' || status === 'FAILED' || status === 'REJECTED';
}

export function isBroadcast(withdrawal: Withdrawal): withdrawal is Broadcast {
  return withdrawal.status === 'PROCESSING' && withdrawal.transaction !== undefined;
}

/** The withdrawal under a worker's lease; an UNKNOWN one stays UNKNOWN. */
export function leased(withdrawal: Withdrawal, lease: Lease): Withdrawal {
  const isApproved = withdrawal.status !== 'AWAITING_APPROVAL';
  invariant(isApproved && !isTerminal(withdrawal) && !isBroadcast(withdrawal), `${withdrawal.id} is not to be sent`);
  if (withdrawal.status === 'UNKNOWN') return { ...withdrawal, lease };
  return { ...factsOf(withdrawal), lease, status: 'PROCESSING', ...failureOf(withdrawal) };
}

/** The withdrawal after an execution of its attempt, under the same lease. Pure. */
export function applyOutcome(withdrawal: Withdrawal, outcome: AttemptOutcome): Withdrawal {
  invariant(!isTerminal(withdrawal), `withdrawal ${withdrawal.id} is ${withdrawal.status} and cannot change`);
  const facts = { ...factsOf(withdrawal), ...outcome.attempt, retries: withdrawal.retries + outcome.retries };
  switch (outcome.kind) {
    case 'unchanged':
      return outcome.attempt.unanswered && withdrawal.status !== 'UNKNOWN'
        ? { ...facts, status: 'UNKNOWN', ...failureOf(withdrawal) }
        : { ...withdrawal, ...facts };
    case 'unknown':
      return { ...facts, status: 'UNKNOWN', ...failureOf(withdrawal), ...failureOf(outcome) };
    case 'paid': {
      const { bankId: hash, confirmations = Number.POSITIVE_INFINITY } = outcome;
      const depth = Math.min(confirmations, withdrawal.requiredConfirmations);
      return { ...facts, ...onChain({ hash, confirmations: depth }, withdrawal.requiredConfirmations) };
    }
    case 'retrying':
      return { ...facts, status: 'RETRYING', failure: outcome.failure };
    case 'failed':
      return { ...facts, status: 'FAILED', failure: outcome.failure };
  }
}

/** With the calls of an execution that ended at `at` under this reference. */
export function withCalls(withdrawal: Withdrawal, reference: string, calls: readonly Call[], at: number): Withdrawal {
  const execution = { at: new Date(at).toISOString(), reference: numberOf(reference), calls };
  const history = withExecution(withdrawal.history ?? NO_HISTORY, execution);
  return history === NO_HISTORY ? withdrawal : { ...withdrawal, history };
}

/** The withdrawal after a look-up of its transaction: more confirmations, fewer, or no longer in the chain. */
export function applyLookUp(
  withdrawal: Broadcast,
  found: Extract<LookUpAnswer, { kind: 'paid' | 'refused' }>,
): Withdrawal {
  // Its attempt was counted when it was broadcast, and counts again with this answer.
  const broadcast = { ...withdrawal, attempts: withdrawal.attempts - 1 };
  return applyOutcome(broadcast, afterAnswer(unchanged(broadcast), found, 1 + withdrawal.maxRetries));
}

/** Without its lease, and due at `dueAt`. A withdrawal that was taken and not sent returns to its earlier status. */
export function released(withdrawal: Withdrawal, dueAt: number): Withdrawal {
  const { lease: _, ...rest } = withdrawal;
  const hasProgressed = isTerminal(withdrawal) || isBroadcast(withdrawal);
  const resting = { ...rest, dueAt, rounds: hasProgressed ? 0 : withdrawal.rounds + 1 };
  if (resting.status !== 'PROCESSING' || resting.transaction) return resting;
  const { failure, ...facts } = resting;
  return failure ? { ...facts, status: 'RETRYING', failure } : { ...facts, status: 'PENDING' };
}

/** Only for a withdrawal that was not sent. */
export function denied(withdrawal: Withdrawal): In<'FAILED'> {
  return { ...factsOf(withdrawal), status: 'FAILED', failure: DESTINATION_DENIED };
}

const NOT_APPROVED = {
  rejected: { code: 'APPROVAL_REJECTED', message: 'The withdrawal was not approved.', retryable: false },
  lapsed: { code: 'APPROVAL_LAPSED', message: 'The withdrawal was not approved in time.', retryable: false },
} as const satisfies Record<string, Refusal>;

/** The withdrawal once it is approved: due at once. */
export function approved(withdrawal: In<'AWAITING_APPROVAL'>, now: number): In<'PENDING'> {
  return { ...withdrawal, status: 'PENDING', dueAt: now };
}

export function rejected(withdrawal: In<'AWAITING_APPROVAL'>, why: keyof typeof NOT_APPROVED): In<'REJECTED'> {
  return { ...withdrawal, status: 'REJECTED', failure: NOT_APPROVED[why] };
}

export function mayRetry({ retries, maxRetries }: Withdrawal): boolean {
  return retries < maxRetries;
}

/** A client's retry: open again, under a new reference if the chain refused the last one. */
export function reopened(withdrawal: In<'FAILED'>, now: number, reservation?: Reservation): In<'RETRYING'> {
  const { retryCycle, retries, ...facts } = factsOf(withdrawal);
  return {
    ...facts,
    ...(reservation ? { reservation } : {}),
    reference: referenceForNext(withdrawal),
    ...{ retryCycle: retryCycle + 1, retries: retries + 1, rounds: 0, dueAt: now },
    attempts: retries + 1, // also if it was denied before it was sent: an attempt starts with the number of retries
    status: 'RETRYING',
    failure: withdrawal.failure,
  };
}

function onChain(transaction: Transaction, required: number): WithdrawalState {
  return { status: transaction.confirmations >= required ? 'COMPLETED' : 'PROCESSING', transaction };
}

function factsOf(withdrawal: Withdrawal): WithdrawalFacts {
  const { failure: _, transaction: __, status: ___, ...facts } = { failure: null, transaction: null, ...withdrawal };
  return facts;
}

function failureOf(of: object & { readonly failure?: Refusal }): { readonly failure?: Refusal } {
  return of.failure ? { failure: of.failure } : {};
}

/**
 * The stored form of a change. Progress clears the dead letter: it shows that workers can process the withdrawal. A failed or rejected
 * one has no reservation: it is given back in the same transaction.
 */
export function nextVersion(before: Withdrawal, after: Withdrawal, now: number): Withdrawal {
  const [from, to] = [before.status, after.status];
  const legal: readonly WithdrawalStatus[] = WITHDRAWAL_TRANSITIONS[from];
  invariant(from === to || legal.includes(to), `no transition of withdrawal ${before.id} from ${from} to ${to}`);
  const { deadLetter: _, reservation, ...rest } = after;
  const isGivenBack = to === 'FAILED' || to === 'REJECTED';
  const kept = isGivenBack || reservation === undefined ? {} : { reservation };
  return { ...rest, ...kept, version: before.version + 1, updatedAt: new Date(now).toISOString() };
}
