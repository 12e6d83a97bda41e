import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { Withdrawal } from './withdrawal.ts';

const source = '/sluice/withdrawals';

export function withdrawalCreated(deps: EventDeps, withdrawal: Withdrawal): DomainEvent {
  return eventOf(deps, { type: 'withdrawal.created', source, subject: withdrawal.id, data: dataOf(withdrawal) });
}

/** The events of a change: its outcome, and each retry before it. */
export function eventsOf(deps: EventDeps, before: Withdrawal, after: Withdrawal): DomainEvent[] {
  const news: DomainEvent[] = [];
  const reopened = after.retryCycle > before.retryCycle;
  for (let retry = before.retries + 1; retry <= after.retries; retry += 1) {
    news.push(retrying(deps, after, { retry, reopened }));
  }
  if (before.status !== 'COMPLETED' && after.status === 'COMPLETED') news.push(completed(deps, after));
  if (before.status !== 'FAILED' && after.status === 'FAILED') news.push(failed(deps, after));
  if (before.status !== 'REJECTED' && after.status === 'REJECTED') news.push(rejected(deps, after));
  return news;
}

/** `reopened`: it had failed, and a client retried it. */
function retrying(deps: EventDeps, withdrawal: Withdrawal, how: { retry: number; reopened: boolean }): DomainEvent {
  const { id: subject } = withdrawal;
  const data = { ...dataOf(withdrawal), ...failureOf(withdrawal), ...how };
  return eventOf(deps, { type: 'withdrawal.retrying', source, subject, fact: `${subject}.${how.retry}`, data });
}

function completed(deps: EventDeps, withdrawal: Withdrawal & { status: 'COMPLETED' }): DomainEvent {
  const { id: subject, transaction } = withdrawal;
  const data = { ...dataOf(withdrawal), tx_hash: transaction.hash, latency_ms: ageOf(deps, withdrawal) };
  return eventOf(deps, { type: 'withdrawal.completed', source, subject, data });
}

function rejected(deps: EventDeps, withdrawal: Withdrawal): DomainEvent {
  const data = { ...dataOf(withdrawal), ...failureOf(withdrawal) };
  return eventOf(deps, { type: 'withdrawal.rejected', source, subject: withdrawal.id, data });
}

/** Once for each time that the withdrawal was opened. */
function failed(deps: EventDeps, withdrawal: Withdrawal): DomainEvent {
  const { id: subject, retryCycle } = withdrawal;
  const data = {
    ...dataOf(withdrawal),
    ...failureOf(withdrawal),
    opening: retryCycle,
    latency_ms: ageOf(deps, withdrawal),
  };
  return eventOf(deps, { type: 'withdrawal.failed', source, subject, fact: `${subject}.${retryCycle}`, data });
}

function dataOf({ id, userId, money, network, source: from, status, retries }: Withdrawal) {
  return {
    withdrawal_id: id,
    user_id: userId,
    asset: money.currency,
    amount: `${money.minor}`,
    network,
    source: from,
    status,
    retry_count: retries,
  };
}

const failureOf = (withdrawal: Withdrawal) =>
  'failure' in withdrawal && withdrawal.failure ? { failure_code: withdrawal.failure.code } : {};

const ageOf = ({ now }: EventDeps, { createdAt }: Withdrawal) => Math.max(0, now() - Date.parse(createdAt));
