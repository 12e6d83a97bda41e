import { z } from 'zod';
import { admit, payouts } from '../../lib/container.ts';
import { nextCursor, page } from '../../lib/edge/paging.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { pathId } from '../../lib/kernel/fields.ts';
import { notificationAnswer, notificationResult } from '../../lib/payouts/answers.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { NOTIFICATION_ID, NOTIFICATION_STATUSES } from '../../lib/payouts/notification.ts';
import { listNotifications, redriveNotification } from '../../lib/payouts/receive-return.ts';
import { redriveBatch } from '../../lib/payouts/redrive-batch.ts';
import { notificationView } from '../../lib/payouts/view.ts';
import { batchPath } from './paths.ts';

export const routes = {
  redriveBatch: route({
    method: 'POST',
    path: '/batches/{batch_id}/redrive',
    summary: 'Send the dead-lettered chunks of a batch to the workers again',
    scope: 'operations',
    params: batchPath,
    answers: {
      202: {
        description: 'The numbers of the chunks.',
        schema: z.object({ batch_id: z.string(), redriven_chunks: z.array(z.int()) }),
      },
    },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => {
    const id = batchIdOf(params.batch_id);
    return { status: 202, body: { batch_id: id, redriven_chunks: await redriveBatch(payouts(), id) } };
  }),

  listNotifications: route({
    method: 'GET',
    path: '/rail/notifications',
    summary: 'List what the rail has said of payouts that it gave back, newest first',
    scope: 'operations',
    query: z.strictObject({
      ...page,
      status: z
        .enum(NOTIFICATION_STATUSES, `must be one of ${NOTIFICATION_STATUSES.join(', ')}`)
        .default('dead_letter'),
    }),
    answers: {
      200: {
        description: 'A page of notifications in one status.',
        schema: z.object({ notifications: z.array(notificationAnswer), next_cursor: nextCursor }),
        links: {
          redriveNotification: { parameters: { notification_id: '$response.body#/notifications/0/notification_id' } },
        },
      },
    },
  })(async ({ query: { status, ...wanted } }) => {
    const { items, cursor } = await listNotifications(payouts(), status, wanted);
    return { status: 200, body: { notifications: items.map(notificationView), next_cursor: cursor ?? null } };
  }),

  redriveNotification: route({
    method: 'POST',
    path: '/rail/notifications/{notification_id}/redrive',
    summary: 'Apply a dead-lettered notification again',
    scope: 'operations',
    params: z.object({ notification_id: pathId(NOTIFICATION_ID) }),
    answers: { 202: { description: 'What has become of it.', schema: notificationResult } },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => {
    const { status, misfit } = await redriveNotification(payouts(), params.notification_id);
    return { status: 202, body: { status, reason: misfit ?? null } };
  }),
};

export const handler = dispatch(routes, admit);
