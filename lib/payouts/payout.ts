import { invariant } from '../kernel/errors.ts';
import type { Money } from '../kernel/money.ts';
import type { PayoutId } from './ids.ts';

/**
 * A payout is one instruction to move money to one payee.
 *
 * - `pending`: accepted, nothing was sent.
 * - `processing`: its chunk is leased and this payout may be in flight. Never stored on the payout: it follows from the
 *   chunk (see chunk.ts), so that taking work costs one write per chunk instead of one per payout.
 * - `retrying`: the last attempt is known to have moved nothing; another one is due.
 * - `unknown`: a call went out and its answer never came. The bank is asked; nothing is sent until it has answered.
 * - `completed`, `failed`: terminal. A failure that is `retryable` can be re-opened by retry-failed.
 */
export const PAYOUT_STATUSES = ['pending', 'processing', 'completed', 'failed', 'retrying', 'unknown'] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];

/** Every legal move. `processing -> pending` is a worker giving back, unsent, what it had taken. */
export const PAYOUT_TRANSITIONS = {
  pending: ['processing'],
  processing: ['completed', 'failed', 'retrying', 'unknown', 'pending'],
  retrying: ['processing'],
  unknown: ['completed', 'failed', 'retrying'],
  completed: [],
  failed: ['retrying'], // only by retry-failed, only when the failure is retryable
} as const satisfies Record<PayoutStatus, readonly PayoutStatus[]>;

export type Destination =
  | { readonly type: 'bank_account'; readonly bankAccount: string; readonly bankName: string }
  | { readonly type: 'pix'; readonly pixKey: string };

/** What the caller asked for; never changes. */
export type Instruction = {
  /** The caller's own name for it (`vendor_id`, `external_id`), unique in its batch. */
  readonly externalId: string;
  readonly payee: { readonly id: string; readonly name?: string };
  readonly money: Money;
  readonly destination: Destination;
  readonly transactionIds: readonly string[];
};

export type Failure = { readonly code: string; readonly message: string; readonly retryable: boolean };

/** `reference` is stored before the first call that carries it, and moves on only after the bank itself refused. */
export type Payout = PayoutFacts & PayoutState;

export type PayoutFacts = Instruction & {
  readonly id: PayoutId;
  readonly reference: string;
  /** Attempts used of the allowance; a look-up is not an attempt. */
  readonly attempts: number;
  /** An earlier call under this very reference was never answered: ask the bank before sending it again. */
  readonly unanswered: boolean;
  readonly updatedAt: string;
};

export type PayoutState =
  | { readonly status: 'pending' | 'unknown' }
  | { readonly status: 'retrying' | 'failed'; readonly failure: Failure }
  | { readonly status: 'completed'; readonly bankId: string };

/**
 * What a worker learned about one payout.
 * - `paid`, `refused`: the bank said so.
 * - `unanswered`: a call went out and its outcome is not known.
 * - `never_arrived`: a call recorded as unanswered turns out never to have reached the bank.
 * - `unasked`: a call may be out under this reference, and there was no time to ask.
 * - `unsent`: nothing went out.
 */
export type Finding =
  | { readonly kind: 'paid'; readonly bankId: string }
  | { readonly kind: 'refused'; readonly failure: Failure }
  | { readonly kind: 'unanswered' | 'never_arrived' | 'unasked' | 'unsent' };

export type AttemptLimit = { readonly maxAttempts: number };

export const TIMEOUT_BEFORE_EFFECT: Failure = {
  code: 'BANK_API_TIMEOUT',
  message: 'The bank did not answer in time and has no record of the instruction.',
  retryable: true,
};

export function isTerminal(payout: { readonly status: PayoutStatus }): boolean {
  return payout.status === 'completed' || payout.status === 'failed';
}

/** May an instruction under this reference already be with the bank? Then the bank is asked before anything is sent. */
export function mustAskFirst(payout: Payout, leaseWasAbandoned: boolean): boolean {
  return leaseWasAbandoned || payout.unanswered || payout.status === 'unknown';
}

/** The payout after a finding. Pure: the same payout and finding always give the same result. */
export function applyFinding(payout: Payout, finding: Finding, { maxAttempts }: AttemptLimit, now: string): Payout {
  invariant(!isTerminal(payout), `payout ${payout.id} is ${payout.status} and cannot change`);
  switch (finding.kind) {
    case 'unsent':
      return payout;
    case 'unasked':
      return payout.unanswered ? payout : { ...payout, unanswered: true, updatedAt: now };
    case 'unanswered':
      return { ...facts(payout), status: 'unknown', unanswered: true, updatedAt: now };
    case 'paid':
      return {
        ...facts(payout),
        status: 'completed',
        bankId: finding.bankId,
        attempts: payout.attempts + 1,
        unanswered: false,
        updatedAt: now,
      };
    case 'never_arrived':
      // The reference stays: should the lost call surface after all, a bank that knows references can still tell.
      return refused({ ...payout, unanswered: true }, TIMEOUT_BEFORE_EFFECT, maxAttempts, now);
    case 'refused':
      return refused({ ...payout, unanswered: false }, finding.failure, maxAttempts, now);
  }
}

/** Re-opens a retryable failure with fresh attempts; anything else stays as it is. */
export function reopen(payout: Payout, now: string): Payout {
  if (payout.status !== 'failed' || !payout.failure.retryable) return payout;
  return { ...payout, status: 'retrying', reference: referenceForNext(payout), attempts: 0, updatedAt: now };
}

/** `<payout id>.<n>`; n counts the references used, from 1. */
export function firstReference(id: PayoutId): string {
  return `${id}.1`;
}

/** A new one only if the bank itself refused the last one. */
function referenceForNext({ reference, unanswered }: Payout): string {
  if (unanswered) return reference;
  const at = reference.lastIndexOf('.');
  return `${reference.slice(0, at)}.${Number(reference.slice(at + 1)) + 1}`;
}

function refused(payout: Payout, failure: Failure, maxAttempts: number, now: string): Payout {
  const attempts = payout.attempts + 1;
  const known = { ...facts(payout), failure, attempts, updatedAt: now };
  return failure.retryable && attempts < maxAttempts
    ? { ...known, status: 'retrying', reference: referenceForNext(payout) }
    : { ...known, status: 'failed' };
}

function facts(payout: Payout): PayoutFacts {
  const { id, reference, attempts, unanswered, updatedAt } = payout;
  const { externalId, payee, money, destination, transactionIds } = payout;
  return { id, reference, attempts, unanswered, updatedAt, externalId, payee, money, destination, transactionIds };
}
