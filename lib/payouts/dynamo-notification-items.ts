import { z } from 'zod';
import { absentAs, entity, fields, text } from '../kernel/codec.ts';
import { moneyFields, notificationKey, returned } from './items.ts';
import { MISFITS, NOTIFICATION_STATUSES, type Notification, type NotificationStatus } from './notification.ts';

/** Notifications with a status, newest first (gsi1). */
export const notificationsIn = (status: NotificationStatus, receivedAt: string, id: string) => ({
  gsi1pk: `NOTIFICATION#${status}`,
  gsi1sk: `${receivedAt}#${id}`,
});

export const { encode: notificationItem, decode: notificationOf } = entity<Notification>(
  fields<Notification>({
    id: text(),
    reference: text(),
    money: moneyFields,
    returned,
    receivedAt: text(),
    status: z.enum(NOTIFICATION_STATUSES),
    misfit: z.enum(MISFITS).optional(),
    waitingSince: z.number(),
    redrives: absentAs(0, z.int()),
  }),
  ({ id, status, receivedAt }) => ({ ...notificationKey(id), ...notificationsIn(status, receivedAt, id) }),
);
