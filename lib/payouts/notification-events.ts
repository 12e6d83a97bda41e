import { type DomainEvent, type EventDeps, eventOf } from '../events/index.ts';
import type { Misfit, Notification } from './notification.ts';

const source = '/sluice/payouts';

const shown = ({ id, reference, money, returned }: Notification) => ({
  notification_id: id,
  reference,
  amount: `${money.minor}`,
  currency: money.currency,
  code: returned.code,
});

export function notificationDeadLettered(deps: EventDeps, buried: Notification, reason: Misfit): DomainEvent {
  const { id, redrives } = buried;
  const data = { ...shown(buried), reason };
  return eventOf(deps, { type: 'notification.dead_lettered', source, subject: id, fact: `${id}:${redrives}`, data });
}

export function notificationRedriven(deps: EventDeps, dead: Notification): DomainEvent {
  const { id, redrives } = dead;
  const data = shown(dead);
  return eventOf(deps, { type: 'notification.redriven', source, subject: id, fact: `${id}:${redrives}`, data });
}
