import type { Money } from '../kernel/money.ts';
import { type BatchId, type PayoutId, placeOf } from './ids.ts';
import { type ClaimKind, type Instruction, isUnpaid, type PayoutStatus } from './payout.ts';

/**
 * A claim says which payout has a key: the caller's own id of the payout, or of a sale that it pays. While it has it, no other
 * payout gets it, in any batch. Nothing is written when it is free again: this follows from the state of the payout that has
 * it, see {@link isFree}.
 */
export type Claim = ClaimKey & {
  readonly holder: PayoutId;
  /** The run of the holder's batch for which it was claimed: 0 at the creation, later the run of a retry-failed. */
  readonly run: number;
  /** Changes with every write, so that a decision which rests on an older state cannot be stored. */
  readonly stamp: string;
  /** Of a payout's own id: another payout under the same id must be for the same. */
  readonly payment?: ClaimedPayment | undefined;
  /** The last payouts that had the key before, the newest last. */
  readonly earlier: readonly PayoutId[];
};

export type ClaimKey = { readonly kind: ClaimKind; readonly value: string };
export type ClaimedPayment = { readonly money: Money; readonly payeeId: string };

/** What to do with a payout whose key another payout has. `allow`: keys are neither checked nor claimed. */
export const DUPLICATES = ['reject', 'skip', 'allow'] as const;
export type Duplicates = (typeof DUPLICATES)[number];

/** A payout of a request that is not stored, because another one has its key. */
export type Duplicate = {
  /** In the request, from 1. */
  readonly position: number;
  readonly externalId: string;
  readonly money: Money;
  readonly key: ClaimKey;
  readonly holder: PayoutId;
};

/** A payout and its claims take two items of a transaction, and the chunk, its duplicates and two events one each. */
export const MOST_CLAIMING_PER_CHUNK = 48;
const EARLIER = 20;

export const nameOf = ({ kind, value }: ClaimKey) => `${kind}#${value}`;

/** The keys that a payout claims, each once. PIX items claim their id unless they say otherwise. */
export function keysOf(instruction: Pick<Instruction, 'claims' | 'destination' | 'externalId' | 'transactionIds'>) {
  const {
    claims = instruction.destination.type === 'pix' ? ['external_id'] : [],
    externalId,
    transactionIds,
  } = instruction;
  const keys = claims.flatMap((kind): ClaimKey[] =>
    kind === 'external_id'
      ? [{ kind, value: externalId }]
      : [...new Set(transactionIds)].map((value) => ({ kind, value })),
  );
  return keys;
}

/** A claim to store. `seen`: what is stored, or undefined if nothing is. */
export function claimOf(
  key: ClaimKey,
  { id, money, payee }: Instruction & { readonly id: PayoutId },
  { run, stamp, seen }: { readonly run: number; readonly stamp: string; readonly seen: Claim | undefined },
): Claim {
  const others = seen && seen.holder !== id ? [...seen.earlier, seen.holder] : (seen?.earlier ?? []);
  return {
    ...key,
    holder: id,
    run,
    stamp,
    payment: key.kind === 'external_id' ? { money, payeeId: payee.id } : undefined,
    earlier: others.slice(-EARLIER),
  };
}

/** What is stored of the payout that has a claim. */
export type Holder = {
  readonly batch: { readonly status: string } | undefined;
  readonly chunkRun: number;
  readonly status: PayoutStatus | undefined;
};

/**
 * Whether another payout may take the key: the one that has it has ended without a payment, or was never stored.
 * @param holder read after the claim
 */
export function isFree(claim: Claim, { batch, chunkRun, status }: Holder): boolean {
  if (!batch || batch.status === 'rejected') return true;
  if (isBeingStored(batch)) return false;
  // A retry-failed claims sales before it re-opens the payout that pays them.
  return status === undefined || (isUnpaid({ status }) && chunkRun >= claim.run);
}

/** Whether it is open if the payouts of a batch will exist. */
export const isBeingStored = (batch: { readonly status: string } | undefined) =>
  batch?.status === 'creating' || batch?.status === 'discarding';

/** How a payout differs from the one that has its id: `amount 5 USD instead of 4 USD`. Empty if it does not. */
export function differenceTo({ payment }: Claim, { money, payee }: Pick<Instruction, 'money' | 'payee'>): string {
  if (!payment) return '';
  const shown = ({ minor, currency }: Money) => `${minor} ${currency}`;
  return [
    ...(shown(money) === shown(payment.money)
      ? []
      : [`an amount of ${shown(money)} instead of ${shown(payment.money)} (minor units)`]),
    ...(payee.id === payment.payeeId ? [] : [`the payee ${payee.id} instead of ${payment.payeeId}`]),
  ].join(' and ');
}

export const batchOfHolder = ({ holder }: Pick<Claim, 'holder'>): BatchId => placeOf(holder).batchId;
