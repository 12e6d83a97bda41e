import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { newestFirst } from '../aws/listing.ts';
import { getItem } from '../aws/read.ts';
import { transactWriteNamed } from '../aws/transact.ts';
import { type Change, conditionalUpdate, conditionalUpdateWith, putNew, updateParameters } from '../aws/update.ts';
import { appendToOutbox } from '../events/items.ts';
import { invariant } from '../kernel/errors.ts';
import { giveBackUpdate, payoutUpdate } from './dynamo-chunk-updates.ts';
import { notificationItem, notificationOf, notificationsIn } from './dynamo-notification-items.ts';
import { notificationKey } from './items.ts';
import { NOTIFICATION_ID, type Notification, type NotificationStatus } from './notification.ts';
import type { NotificationStore } from './ports.ts';

type Tables = { readonly payouts: string; readonly events: string };

export function dynamoNotifications(client: DynamoDBDocumentClient, tables: Tables): NotificationStore {
  const table = tables.payouts;

  /** A move from one status to another, and with it from one list to another. Each redrive begins another wait. */
  const move = (
    { id, receivedAt, waitingSince }: Notification,
    from: NotificationStatus,
    to: NotificationStatus,
    change: Change,
  ) => ({
    table,
    key: notificationKey(id),
    condition: '#status = :from AND waiting_since = :since',
    change: {
      ...change,
      set: { status: to, ...notificationsIn(to, receivedAt, id), ...change.set },
      values: { ':from': from, ':since': waitingSince },
    },
  });

  return {
    async insert(notification) {
      const written = await putNew(client, table, notificationItem(notification));
      if (written.done) return notification;
      invariant(written.found, 'an item that refuses a put exists');
      return notificationOf(written.found);
    },

    async read(id) {
      const item = await getItem(client, table, notificationKey(id));
      return item && notificationOf(item);
    },

    list: (status, page) =>
      newestFirst(
        client,
        {
          table,
          partition: notificationsIn(status, '', '').gsi1pk,
          parseId: (text) => (NOTIFICATION_ID.test(text) ? text : undefined),
          keyOf: notificationKey,
          decode: notificationOf,
        },
        page,
      ),

    async apply(notification, { before, after, chunk }, events) {
      const { key, condition, change } = move(notification, 'waiting', 'applied', {});
      const written = await transactWriteNamed(client, {
        notification: { Update: updateParameters(table, key, condition, change) },
        chunk: giveBackUpdate(table, chunk, after.money),
        payout: payoutUpdate(table, { before, after }),
        ...Object.fromEntries(events.map((event) => [event.id, appendToOutbox(tables.events, event)])),
      });
      return written.done || written.refused.has('notification');
    },

    async markApplied(notification) {
      await conditionalUpdate(client, move(notification, 'waiting', 'applied', {}));
    },

    async bury(notification, misfit, event) {
      const write = move(notification, 'waiting', 'dead_letter', { set: { misfit } });
      await conditionalUpdateWith(client, write, appendToOutbox(tables.events, event));
    },

    async redrive(notification, now, event) {
      const { redrives } = notification;
      const write = move(notification, 'dead_letter', 'waiting', {
        set: { misfit: undefined, waiting_since: now, redrives: redrives + 1 },
      });
      await conditionalUpdateWith(client, write, appendToOutbox(tables.events, event));
    },
  };
}
