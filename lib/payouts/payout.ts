import { invariant } from '../kernel/errors.ts';
import type { Money } from '../kernel/money.ts';
import {
  type Attempt,
  type AttemptOutcome,
  type CancelledAttempt,
  type History,
  NO_HISTORY,
  numberOf,
  type Refusal,
  referenceForNext,
  withExecution,
} from '../rail/index.ts';
import type { PayoutId } from './ids.ts';

/**
 * A payout is one instruction to move money to one payee.
 *
 * - `pending`: accepted, nothing was sent.
 * - `processing`: its chunk is leased and this payout may be in flight. It is not stored: it follows from the chunk's lease
 *   (chunk.ts), so that a lease costs one write per chunk instead of one per payout.
 * - `retrying`: the last attempt moved no money; another one is due.
 * - `unknown`: a call has no answer. Nothing is sent until a look-up gives the outcome.
 * - `completed`, `failed`: ended. A failure that is `retryable` can be re-opened by retry-failed.
 * - `cancelled`: ended; a person cancelled it, and it moved no money.
 * - `returned`: ended; the rail moved the money, and gave it back later.
 */
export const PAYOUT_STATUSES = [
  'pending',
  'processing',
  'completed',
  'failed',
  'retrying',
  'unknown',
  'cancelled',
  'returned',
] as const;
export type PayoutStatus = (typeof PAYOUT_STATUSES)[number];

/** Every legal move. `processing -> pending`: a worker took the payout and did not send it. */
export const PAYOUT_TRANSITIONS = {
  pending: ['processing', 'cancelled'],
  // `returned`: a look-up answers that the money was moved and given back
  processing: ['completed', 'failed', 'retrying', 'unknown', 'pending', 'cancelled', 'returned'],
  retrying: ['processing', 'cancelled'],
  unknown: ['completed', 'failed', 'retrying', 'cancelled', 'returned'],
  completed: ['returned'],
  failed: ['retrying'], // only by retry-failed, only when the failure is retryable
  cancelled: [],
  returned: [],
} as const satisfies Record<PayoutStatus, readonly PayoutStatus[]>;

export type Destination =
  | { readonly type: 'bank_account'; readonly bankAccount: string; readonly bankName: string }
  | { readonly type: 'pix'; readonly pixKey: string };

/** What a payout may claim, so that no other payout gets it: the caller's id of it, and the sales that it pays (claim.ts). */
export const CLAIM_KINDS = ['external_id', 'transaction_id'] as const;
export type ClaimKind = (typeof CLAIM_KINDS)[number];

/** The caller's request; it never changes. */
export type Instruction = {
  /** The caller's name for it (`vendor_id`, `external_id`), unique in its batch. */
  readonly externalId: string;
  readonly payee: { readonly id: string; readonly name?: string };
  readonly money: Money;
  readonly destination: Destination;
  readonly transactionIds: readonly string[];
  /** Absent: what is usual for its destination. */
  readonly claims?: readonly ClaimKind[];
};

export type Payout = PayoutFacts & PayoutState;

export type PayoutFacts = Instruction &
  Attempt & {
    readonly id: PayoutId;
    readonly updatedAt: string;
    /** The request to cancel this payout. From then on nothing of it is sent; its status tells how it ended. */
    readonly cancellation?: Cancellation | undefined;
    /** What the rail was asked, and its answers. Absent: nothing is recorded, also in payouts of earlier versions. */
    readonly history?: History | undefined;
  };

/** Why a person cancelled, and when (ISO 8601 UTC). */
export type Cancellation = { readonly reason: string; readonly at: string };

export type PayoutState =
  | { readonly status: 'pending' | 'cancelled' }
  /** `unknownSince`: ISO 8601 UTC; absent in payouts of earlier versions. */
  | { readonly status: 'unknown'; readonly unknownSince?: string | undefined }
  | { readonly status: 'retrying' | 'failed'; readonly failure: Refusal }
  | { readonly status: 'completed'; readonly bankId: string }
  | { readonly status: 'returned'; readonly bankId: string; readonly returned: Returned };

/** Why the rail gave the money back, by its own code, and when (ISO 8601 UTC). */
export type Returned = { readonly code: string; readonly at: string };

/** The statuses in which no worker does anything more. */
export const ENDED = ['completed', 'failed', 'cancelled', 'returned'] as const satisfies readonly PayoutStatus[];

export function isTerminal({ status }: { readonly status: PayoutStatus }): boolean {
  return (ENDED as readonly PayoutStatus[]).includes(status);
}

/** The statuses by which payouts of all batches are found: a person may have to act. Each of them costs an entry of an index. */
export const SEARCHED = ['unknown', 'failed', 'returned'] as const satisfies readonly PayoutStatus[];
export type SearchedStatus = (typeof SEARCHED)[number];

export function isSearched(status: PayoutStatus): status is SearchedStatus {
  return (SEARCHED as readonly PayoutStatus[]).includes(status);
}

/** Whether it has ended and the payee does not have the money. Its keys are free for another payout. */
export function isUnpaid({ status }: { readonly status: PayoutStatus }): boolean {
  return status === 'failed' || status === 'cancelled' || status === 'returned';
}

/** The payout after an execution of its attempt. Pure. */
export function applyOutcome(payout: Payout, outcome: AttemptOutcome | CancelledAttempt, now: string): Payout {
  invariant(!isTerminal(payout), `payout ${payout.id} is ${payout.status} and cannot change`);
  const changed = { ...outcome.attempt, updatedAt: now, ...historyAfter(payout, outcome, now) };
  const known = { ...facts(payout), ...changed };
  switch (outcome.kind) {
    case 'unchanged':
      if (outcome.attempt.unanswered === payout.unanswered) return payout;
      return { ...payout, ...changed };
    case 'unknown':
      return { ...known, status: 'unknown', unknownSince: unknownSince(payout) ?? now };
    case 'cancelled':
      return { ...known, status: 'cancelled' };
    case 'paid': {
      const paid = { ...known, status: 'completed', bankId: outcome.bankId } as const;
      // If only a part was given back, its notification becomes a dead letter.
      return outcome.givenBack?.minor === payout.money.minor ? giveBack(paid, outcome.givenBack, now) : paid;
    }
    case 'retrying':
    case 'failed':
      return { ...known, status: outcome.kind, failure: outcome.failure };
  }
}

function historyAfter(
  { reference, history = NO_HISTORY }: Payout,
  { calls = [] }: AttemptOutcome | CancelledAttempt,
  at: string,
): { readonly history?: History } {
  const after = withExecution(history, { at, reference: numberOf(reference), calls });
  return after === NO_HISTORY ? {} : { history: after };
}

/** Since when its outcome is not known; undefined if it is known. */
export function unknownSince(payout: PayoutState & Pick<PayoutFacts, 'updatedAt'>): string | undefined {
  return payout.status === 'unknown' ? (payout.unknownSince ?? payout.updatedAt) : undefined;
}

/** A failure that is never sent again, because another payout has its key by now. */
export function refuseReopening(payout: Payout, holder: PayoutId, now: string): Payout {
  invariant(payout.status === 'failed', 'only failures are re-opened');
  const failure = { code: 'DUPLICATE', message: `The payout ${holder} has its key now.`, retryable: false };
  return { ...payout, failure, updatedAt: now };
}

/** The payout after the rail has given all of its money back. Pure. */
export function giveBack(payout: Payout, { code, at }: Returned, now: string): Payout {
  invariant(payout.status === 'completed', `payout ${payout.id} is ${payout.status}, so it cannot be returned`);
  const { bankId } = payout;
  return { ...facts(payout), updatedAt: now, status: 'returned', bankId, returned: { code, at } };
}

/** Re-opens a retryable failure, of these codes if any are given, with fresh attempts; returns any other payout unchanged. */
export function reopen(payout: Payout, now: string, codes?: ReadonlySet<string>): Payout {
  if (payout.status !== 'failed' || !payout.failure.retryable) return payout;
  if (codes && !codes.has(payout.failure.code)) return payout;
  return { ...payout, status: 'retrying', reference: referenceForNext(payout), attempts: 0, updatedAt: now };
}

/** A payout of which nothing was sent, or all that was sent was refused. */
export function cancelled(payout: Payout, cancellation: Cancellation, now: string): Payout {
  invariant(isUnsent(payout), `payout ${payout.id} is ${payout.status} and cannot be cancelled at once`);
  return { ...facts(payout), status: 'cancelled', cancellation, updatedAt: now };
}

/** Whether a payout that no worker holds can be cancelled at once: no call of it has an outcome that is not known. */
export function isUnsent(payout: Payout): boolean {
  return (payout.status === 'pending' || payout.status === 'retrying') && !payout.unanswered;
}

function facts(payout: Payout): PayoutFacts {
  const { id, reference, attempts, unanswered, updatedAt, cancellation, history } = payout;
  const { externalId, payee, money, destination, transactionIds, claims } = payout;
  return {
    ...{ id, reference, attempts, unanswered, updatedAt, externalId, payee, money, destination, transactionIds },
    ...(claims ? { claims } : {}),
    ...(cancellation ? { cancellation } : {}),
    ...(history ? { history } : {}),
  };
}
