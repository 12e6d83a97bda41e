import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { Money, Unit } from '../kernel/money.ts';
import type { UserId } from '../ledger/index.ts';
import type { DepositId } from './ids.ts';
import type { ApprovedPayment, Payment, PendingPayment, Refund, UnpaidPayment } from './payment.ts';
import type { Provider } from './provider.ts';

const source = '/sluice/wallets';

export function paymentCreated(deps: EventDeps, payment: PendingPayment): DomainEvent {
  return eventOf(deps, { type: 'payment.created', source, subject: payment.id, data: dataOf(payment) });
}

export function paymentCompleted(deps: EventDeps, payment: ApprovedPayment): DomainEvent {
  const data = { ...dataOf(payment), gateway_id: payment.gatewayId, latency_ms: latencyOf(payment) };
  return eventOf(deps, { type: 'payment.completed', source, subject: payment.id, data });
}

export function paymentFailed(deps: EventDeps, payment: UnpaidPayment): DomainEvent {
  const data = { ...dataOf(payment), failure_code: payment.failure.code, latency_ms: latencyOf(payment) };
  return eventOf(deps, { type: 'payment.failed', source, subject: payment.id, data });
}

export function refundCreated(deps: EventDeps, payment: ApprovedPayment, refund: Refund): DomainEvent {
  return eventOf(deps, {
    type: 'refund.created',
    source,
    subject: payment.id,
    fact: refund.id,
    data: {
      refund_id: refund.id,
      payment_id: payment.id,
      user_id: payment.userId,
      provider_id: payment.providerId,
      amount: `${refund.minor}`,
      currency: payment.money.currency,
    },
  });
}

/** Each currency of a wallet is opened once. */
export function walletOpened(deps: EventDeps, { userId, currency }: { userId: UserId; currency: Unit }): DomainEvent {
  const data = { user_id: userId, currency };
  return eventOf(deps, { type: 'wallet.opened', source, subject: userId, fact: `${userId}:${currency}`, data });
}

export function providerCreated(deps: EventDeps, { id, name }: Provider): DomainEvent {
  return eventOf(deps, { type: 'provider.created', source, subject: id, data: { provider_id: id, name } });
}

export function depositCreated(deps: EventDeps, id: DepositId, userId: UserId, money: Money<Unit>): DomainEvent {
  const data = { deposit_id: id, user_id: userId, amount: `${money.minor}`, currency: money.currency };
  return eventOf(deps, { type: 'deposit.created', source, subject: userId, fact: id, data });
}

function dataOf({ id, userId, providerId, externalReference, money, status }: Payment) {
  return {
    payment_id: id,
    user_id: userId,
    provider_id: providerId,
    external_reference: externalReference,
    amount: `${money.minor}`,
    currency: money.currency,
    status,
  };
}

function latencyOf({ createdAt, updatedAt }: Payment): number {
  return Date.parse(updatedAt) - Date.parse(createdAt);
}
