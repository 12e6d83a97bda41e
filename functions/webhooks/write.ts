import { admit, webhooks } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { changeEndpoint, deleteEndpoint, rotateSecret } from '../../lib/webhooks/change-endpoint.ts';
import { createEndpoint } from '../../lib/webhooks/create-endpoint.ts';
import { readEndpoint } from '../../lib/webhooks/read-endpoints.ts';
import { replayDelivery, requestReplay, testEndpoint } from '../../lib/webhooks/replay.ts';
import {
  deliveryAnswer,
  endpointAnswer,
  endpointChange,
  endpointRequest,
  newSecretAnswer,
  replayAnswer,
  replayRequest,
  rotateRequest,
} from '../../lib/webhooks/schemas.ts';
import { deliveryView, endpointView, newSecretView } from '../../lib/webhooks/view.ts';
import { deliveryPath, endpointPath } from './paths.ts';

const ofEndpoint = { parameters: { endpoint_id: '$response.body#/endpoint_id' } };
const ofDelivery = { parameters: { delivery_id: '$response.body#/delivery_id' } };
const ONCE =
  'The secret is only in the first answer: a repeated request returns the endpoint without it. If the answer is lost, rotate the secret.';

export const routes = {
  createWebhookEndpoint: route({
    method: 'POST',
    path: '/webhook-endpoints',
    summary: 'Create a webhook endpoint: events are sent to its URL from now on',
    description: ONCE,
    scope: 'webhooks:write',
    key: 'required',
    body: endpointRequest,
    answers: {
      201: {
        description: 'The endpoint with its secret.',
        schema: newSecretAnswer,
        headers: { Location: 'The path of the endpoint.' },
        links: {
          getWebhookEndpoint: ofEndpoint,
          changeWebhookEndpoint: ofEndpoint,
          testWebhookEndpoint: ofEndpoint,
          listWebhookDeliveries: ofEndpoint,
          deleteWebhookEndpoint: ofEndpoint,
        },
      },
    },
    errors: ['IDEMPOTENCY_MISMATCH', 'INVALID_STATE'],
  })(async ({ key, body }) => {
    const made = await createEndpoint(webhooks(), body, key);
    addLogFields({ endpoint_id: made.endpoint.id });
    return {
      status: 201,
      headers: { location: `/webhook-endpoints/${made.endpoint.id}` },
      replayed: made.replayed,
      body: newSecretView(webhooks(), made),
    };
  }),

  changeWebhookEndpoint: route({
    method: 'PATCH',
    path: '/webhook-endpoints/{endpoint_id}',
    summary: 'Change a webhook endpoint, disable or enable it',
    description: 'While it is disabled, its deliveries wait. When it is enabled, they are sent.',
    scope: 'webhooks:write',
    params: endpointPath,
    body: endpointChange,
    answers: { 200: { description: 'The endpoint.', schema: endpointAnswer } },
    errors: ['NOT_FOUND'],
  })(async ({ params, body }) => {
    const { id } = await changeEndpoint(webhooks(), params.endpoint_id, body);
    return { status: 200, body: endpointView(webhooks(), await readEndpoint(webhooks(), id)) };
  }),

  deleteWebhookEndpoint: route({
    method: 'DELETE',
    path: '/webhook-endpoints/{endpoint_id}',
    summary: 'Delete a webhook endpoint: what waits for it is never sent',
    scope: 'webhooks:write',
    params: endpointPath,
    answers: { 204: { description: 'The endpoint is deleted.' } },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => {
    await deleteEndpoint(webhooks(), params.endpoint_id);
    return { status: 204, body: '' };
  }),

  rotateWebhookSecret: route({
    method: 'POST',
    path: '/webhook-endpoints/{endpoint_id}/rotate',
    summary: 'Give a webhook endpoint a new secret',
    description: `Until the overlap ends, each message has a signature of the old and of the new secret. ${ONCE}`,
    scope: 'webhooks:write',
    params: endpointPath,
    key: 'required',
    body: rotateRequest,
    answers: { 200: { description: 'The endpoint with its new secret.', schema: newSecretAnswer } },
    errors: ['NOT_FOUND', 'INVALID_STATE', 'IDEMPOTENCY_MISMATCH'],
  })(async ({ params, key, body }) => {
    const made = await rotateSecret(webhooks(), params.endpoint_id, body, key);
    return { status: 200, replayed: made.replayed, body: newSecretView(webhooks(), made) };
  }),

  testWebhookEndpoint: route({
    method: 'POST',
    path: '/webhook-endpoints/{endpoint_id}/test',
    summary: 'Send the event `webhook_endpoint.test` to this endpoint only',
    scope: 'webhooks:write',
    params: endpointPath,
    answers: {
      202: {
        description: 'The delivery, which can be read within seconds.',
        schema: deliveryAnswer,
        links: { getWebhookDelivery: ofDelivery },
      },
    },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params }) => ({
    status: 202,
    body: deliveryView(await testEndpoint(webhooks(), params.endpoint_id)),
  })),

  replayWebhooks: route({
    method: 'POST',
    path: '/webhook-endpoints/{endpoint_id}/replay',
    summary: 'Send a range of events again, or all that were never delivered',
    description: 'Each has the same `webhook-id` as before, with a new timestamp and signature.',
    scope: 'webhooks:write',
    params: endpointPath,
    body: replayRequest,
    answers: { 202: { description: 'A worker sends them.', schema: replayAnswer } },
    errors: ['NOT_FOUND'],
  })(async ({ params, body }) => {
    const { replayId } = await requestReplay(webhooks(), params.endpoint_id, body);
    return { status: 202, body: { replay_id: replayId, endpoint_id: params.endpoint_id } };
  }),

  replayWebhookDelivery: route({
    method: 'POST',
    path: '/deliveries/{delivery_id}/replay',
    summary: 'Send a delivery again that was delivered or has failed',
    scope: 'webhooks:write',
    params: deliveryPath,
    answers: { 202: { description: 'The delivery, which is due now.', schema: deliveryAnswer } },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params }) => ({
    status: 202,
    body: deliveryView(await replayDelivery(webhooks(), params.delivery_id)),
  })),
};

export const handler = dispatch(routes, admit);
