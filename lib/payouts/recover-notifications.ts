import type { Recovery } from '../recovery/index.ts';
import type { Notification } from './notification.ts';
import type { PayoutDeps } from './ports.ts';
import { applyNotification } from './receive-return.ts';

const PAGE = 500;

/** Applies notifications that waited: for the end of a payout, for a lease, or because the function that received them died. */
export function recoverNotifications(deps: PayoutDeps): Recovery<Notification> {
  let next: string | undefined;
  const page = async (cursor?: string) => {
    const found = await deps.notifications.list('waiting', { limit: PAGE, cursor });
    next = found.cursor;
    return found.items;
  };
  return {
    name: 'notifications',
    list: () => page(),
    listMore: async () => (next === undefined ? [] : page(next)),
    idOf: ({ id }) => id,
    async recover(notification, count) {
      const { status } = await applyNotification(deps, notification);
      count(status);
    },
  };
}
