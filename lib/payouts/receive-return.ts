import { isEqual, pick } from 'es-toolkit';
import { AppError, invariant, orNotFound, undefinedIfContended } from '../kernel/errors.ts';
import { type RetryPolicy, retryWhileContended } from '../kernel/optimistic-retry.ts';
import type { PageRequest } from '../kernel/page.ts';
import { isSigned, type SignedHeaders } from '../kernel/signature.ts';
import { payoutsEnded } from './batch-events.ts';
import {
  judge,
  type Misfit,
  NOTIFICATION_ID,
  type Notification,
  type NotificationStatus,
  placeOfReference,
} from './notification.ts';
import { notificationDeadLettered, notificationRedriven } from './notification-events.ts';
import type { GivenBackNotice } from './notification-request.ts';
import { giveBack } from './payout.ts';
import type { PayoutDeps } from './ports.ts';

/** Returns of payouts of one chunk wait for each other. */
const RETRY: RetryPolicy = { backoff: { baseMs: 20, maxMs: 500 }, patienceMs: 5_000 };

export type NotificationResult = { readonly status: NotificationStatus; readonly misfit?: Misfit };

/**
 * Accepts a notification that the rail has signed. When this returns, the notification is stored, so the rail need not send it
 * again.
 * @param body as it was sent
 * @throws AppError UNAUTHORIZED, VALIDATION_ERROR, IDEMPOTENCY_MISMATCH the id had another content before
 */
export async function receiveNotification(
  deps: PayoutDeps,
  headers: SignedHeaders,
  body: Buffer,
  notice: GivenBackNotice,
): Promise<NotificationResult> {
  if (!isSigned(deps.policy.notificationSecrets, headers, body, deps.now())) {
    throw new AppError('UNAUTHORIZED', {
      message: 'The notification has no valid signature of the last five minutes.',
    });
  }
  if (!NOTIFICATION_ID.test(headers.id)) {
    const reason = 'must be 1 to 200 of A-Z a-z 0-9 _ . : -';
    throw new AppError('VALIDATION_ERROR', { details: [{ path: 'webhook-id', reason }] });
  }
  return receiveReturn(deps, headers.id, notice);
}

/** Stores what the rail says, and applies it if that is possible now; otherwise recovery does. Repeatable. */
export async function receiveReturn(
  deps: PayoutDeps,
  id: string,
  notice: GivenBackNotice,
): Promise<NotificationResult> {
  const now = deps.now();
  const stored = await deps.notifications.insert({
    ...{ ...notice, id, status: 'waiting', redrives: 0 },
    ...{ receivedAt: new Date(now).toISOString(), waitingSince: now },
  });
  if (!isEqual(pick(stored, ['reference', 'money', 'returned']), notice)) {
    throw new AppError('IDEMPOTENCY_MISMATCH', { message: `The notification ${id} had another content before.` });
  }
  return applyNotification(deps, stored);
}

/**
 * Gives the payout of a waiting notification back: exactly once, since the notification, the payout and the counters of the
 * chunk change in one transaction.
 */
export async function applyNotification(deps: PayoutDeps, notification: Notification): Promise<NotificationResult> {
  if (notification.status !== 'waiting') return notification;
  const attempt = () => tryApply(deps, notification).catch(undefinedIfContended);
  const result = await retryWhileContended({ ...deps, policy: RETRY }, attempt).catch(undefinedIfContended);
  return result ?? { status: 'waiting' };
}

/** @returns undefined if the chunk has changed since it was read */
async function tryApply(deps: PayoutDeps, notification: Notification): Promise<NotificationResult | undefined> {
  const { notifications, chunks, now } = deps;
  const place = placeOfReference(notification.reference);
  const found = place && (await chunks.readPayout(place));
  const verdict = judge(notification, found, now());
  switch (verdict.kind) {
    case 'wait':
      return { status: 'waiting' };
    case 'was_applied':
      await notifications.markApplied(notification);
      return { status: 'applied' };
    case 'misfit': {
      const { misfit } = verdict;
      await notifications.bury(notification, misfit, notificationDeadLettered(deps, notification, misfit));
      return { status: 'dead_letter', misfit };
    }
    case 'apply': {
      invariant(found, 'only what is found is applied');
      const { payout: before, chunk } = found;
      const after = giveBack(before, notification.returned, new Date(now()).toISOString());
      const events = payoutsEnded(deps, chunk.run, [after]);
      return (await notifications.apply(notification, { before, after, chunk }, events))
        ? { status: 'applied' }
        : undefined;
    }
  }
}

/** Newest first. @throws AppError VALIDATION_ERROR if no answer had this cursor */
export function listNotifications({ notifications }: PayoutDeps, status: NotificationStatus, page: PageRequest) {
  return notifications.list(status, page);
}

/** A screen asks again and again: it counts so many at most. */
const MOST_COUNTED = 100;

export async function countDeadNotifications({ notifications }: Pick<PayoutDeps, 'notifications'>) {
  const { items, cursor } = await notifications.list('dead_letter', { limit: MOST_COUNTED, cursor: undefined });
  return { count: items.length, isWhole: cursor === undefined };
}

/**
 * Judges a dead letter again, after an operator has fixed the cause. Does nothing with another notification.
 * @throws AppError NOT_FOUND
 */
export async function redriveNotification(deps: PayoutDeps, id: string): Promise<NotificationResult> {
  const dead = orNotFound(await deps.notifications.read(id), `There is no notification ${id}.`);
  if (dead.status === 'dead_letter') {
    await deps.notifications.redrive(dead, deps.now(), notificationRedriven(deps, dead));
  }
  return applyNotification(deps, orNotFound(await deps.notifications.read(id), 'A notification is never deleted.'));
}
