import type { Reservation } from '../access/index.ts';
import { invariant } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import type { Money } from '../kernel/money.ts';
import type { Entry, UserId } from '../ledger/index.ts';
import { type Call, type History, NO_HISTORY, withExecution } from '../rail/index.ts';
import { captureEntry } from './entries.ts';
import type { PaymentId, ProviderId, RefundId } from './ids.ts';

export type PaymentRequest = {
  readonly userId: UserId;
  readonly providerId: ProviderId;
  /** The provider's name for the debt, such as a bill number. */
  readonly externalReference: string;
  readonly money: Money;
};

export type Failure = { readonly code: string; readonly message: string };
export type Refund = {
  readonly id: RefundId;
  readonly minor: bigint;
  readonly at: string;
  /** Of the daily limits of the key that asked for it. */
  readonly reservation?: Reservation | undefined;
};

/** Fields that payments of data version 2 and earlier do not have are optional. */
type Common = PaymentRequest & {
  /** Follows from the user and the key. */
  readonly id: PaymentId;
  readonly key?: IdempotencyKey | undefined;
  readonly createdAt: string;
  readonly updatedAt: string;
  /**
   * Epoch milliseconds until which the request that made the payment works on it: every call that
   * it sends ends by then. After that any process may look the payment up and conclude it.
   */
  readonly workedOnUntil: number;
  /** Of the daily limits of the key that made it; none once it is unpaid. */
  readonly reservation?: Reservation | undefined;
  /** What the gateway was asked, and its answers. It is stored with the outcome. Absent in payments of earlier versions. */
  readonly history?: History | undefined;
};

/**
 * - PENDING: debited; the gateway may or may not have charged. -> APPROVED, DECLINED, FAILED
 * - APPROVED: charged. Refunds are listed in the payment and do not change its status.
 * - DECLINED: the gateway refused to charge because of the payment.
 * - FAILED: not charged, because of the gateway or the network.
 *
 * A payment that is DECLINED or FAILED has returned its money to the wallet.
 */
export type PendingPayment = Common & { readonly status: 'PENDING' };
export type ApprovedPayment = Common & {
  readonly status: 'APPROVED';
  readonly gatewayId: string;
  readonly capture?: Entry | undefined;
  readonly refunds: readonly Refund[];
};
export type UnpaidPayment = Common & { readonly status: 'DECLINED' | 'FAILED'; readonly failure: Failure };
export type Payment = PendingPayment | ApprovedPayment | UnpaidPayment;

/** Whether a request with the key of this payment asks for this payment. */
export function isRequestOf(
  payment: Payment,
  { userId, providerId, externalReference, money: { minor, currency } }: PaymentRequest,
): boolean {
  return (
    payment.userId === userId &&
    payment.providerId === providerId &&
    payment.externalReference === externalReference &&
    payment.money.minor === minor &&
    payment.money.currency === currency
  );
}

/** The gateway's reference. A payment has only one: it is never sent again under another. */
export const referenceOf = ({ id }: Payment) => id;

/** With the calls of an execution that ended at `at`. */
export function withCalls(payment: PendingPayment, calls: readonly Call[], at: number): PendingPayment {
  const execution = { at: new Date(at).toISOString(), reference: 1, calls };
  const history = withExecution(payment.history ?? NO_HISTORY, execution);
  return history === NO_HISTORY ? payment : { ...payment, history };
}

export function approved(payment: PendingPayment, gatewayId: string, at: string): ApprovedPayment {
  return { ...payment, status: 'APPROVED', gatewayId, capture: captureEntry(payment, at), refunds: [], updatedAt: at };
}

/** Without its reservation, which is given back in the same transaction. */
export function unpaid(
  { reservation: _, ...payment }: PendingPayment,
  status: UnpaidPayment['status'],
  failure: Failure,
  at: string,
): UnpaidPayment {
  return { ...payment, status, failure, updatedAt: at };
}

export function refundedOf(payment: Payment): bigint {
  return payment.status === 'APPROVED' ? payment.refunds.reduce((sum, { minor }) => sum + minor, 0n) : 0n;
}

/** @throws InvariantError more would be refunded than was paid: callers check it first */
export function refunded(payment: ApprovedPayment, refund: Refund): ApprovedPayment {
  const after = { ...payment, refunds: [...payment.refunds, refund], updatedAt: refund.at };
  invariant(refund.minor > 0n && refundedOf(after) <= payment.money.minor, 'never more is refunded than was paid');
  return after;
}

export function logFieldsOf({ id, userId, providerId, externalReference, money }: Payment) {
  return {
    payment_id: id,
    user_id: userId,
    provider_id: providerId,
    external_reference: externalReference,
    amount: money.minor,
    currency: money.currency,
  };
}
