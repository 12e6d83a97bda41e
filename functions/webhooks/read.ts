import { z } from 'zod';
import { admit, webhooks } from '../../lib/container.ts';
import { nextCursor, page } from '../../lib/edge/paging.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { listDeliveries, listEndpoints, readDelivery, readEndpoint } from '../../lib/webhooks/read-endpoints.ts';
import { deliveryAnswer, deliveryQuery, deliveryWithAttempts, endpointAnswer } from '../../lib/webhooks/schemas.ts';
import { deliveryView, deliveryWithAttemptsView, endpointView } from '../../lib/webhooks/view.ts';
import { deliveryPath, endpointPath } from './paths.ts';

export const routes = {
  listWebhookEndpoints: route({
    method: 'GET',
    path: '/webhook-endpoints',
    summary: 'List the webhook endpoints, oldest first',
    description: 'There are at most 100.',
    scope: 'webhooks:read',
    answers: {
      200: {
        description: 'The endpoints, without their secrets.',
        schema: z.object({ endpoints: z.array(endpointAnswer) }),
      },
    },
  })(async () => ({
    status: 200,
    body: { endpoints: (await listEndpoints(webhooks())).map((one) => endpointView(webhooks(), one)) },
  })),

  getWebhookEndpoint: route({
    method: 'GET',
    path: '/webhook-endpoints/{endpoint_id}',
    summary: 'Read a webhook endpoint, without its secret',
    scope: 'webhooks:read',
    params: endpointPath,
    answers: { 200: { description: 'The endpoint.', schema: endpointAnswer } },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => ({
    status: 200,
    body: endpointView(webhooks(), await readEndpoint(webhooks(), params.endpoint_id)),
  })),

  listWebhookDeliveries: route({
    method: 'GET',
    path: '/webhook-endpoints/{endpoint_id}/deliveries',
    summary: 'List what was and is to be delivered to an endpoint, the last to change first',
    scope: 'webhooks:read',
    params: endpointPath,
    query: z.strictObject({ ...deliveryQuery, ...page }),
    answers: {
      200: {
        description: 'A page of deliveries.',
        schema: z.object({ deliveries: z.array(deliveryAnswer), next_cursor: nextCursor }),
      },
    },
    errors: ['NOT_FOUND'],
  })(async ({ params, query }) => {
    const { items, cursor } = await listDeliveries(webhooks(), params.endpoint_id, query);
    return { status: 200, body: { deliveries: items.map(deliveryView), next_cursor: cursor ?? null } };
  }),

  getWebhookDelivery: route({
    method: 'GET',
    path: '/deliveries/{delivery_id}',
    summary: 'Read a delivery with all its attempts and their answers',
    scope: 'webhooks:read',
    params: deliveryPath,
    answers: { 200: { description: 'The delivery.', schema: deliveryWithAttempts } },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => ({
    status: 200,
    body: deliveryWithAttemptsView(await readDelivery(webhooks(), params.delivery_id)),
  })),
};

export const handler = dispatch(routes, admit);
