import { setTimeout } from 'node:timers/promises';
import { keyed, newName, notFound, type Provocations } from '../../support/provoke.ts';
import type { Answer, Service } from '../../support/service.ts';

const PATH = '/webhook-endpoints';
const NONE = `${PATH}/webhook_${'0'.repeat(32)}`;
const NO_DELIVERY = `/deliveries/msg_${'0'.repeat(32)}`;

/** Nothing listens on this port, so calls fail at once. */
const request = (description = newName('endpoint')) => ({
  ...{ url: 'http://127.0.0.1:9/', event_types: ['webhook_endpoint.deleted'], description },
});

/** The path of a new endpoint. */
async function anEndpoint(service: Service): Promise<string> {
  return `${PATH}/${(await service.post(PATH, request(), keyed())).body.endpoint_id}`;
}

/** Its next attempt is in some seconds. */
async function pendingDelivery(service: Service): Promise<string> {
  const { body } = await service.post(`${await anEndpoint(service)}/test`);
  const path = `/deliveries/${body.delivery_id}`;
  while ((await service.get(path)).status === 404) await setTimeout(10); // the service stores it after the answer
  return path;
}

/** Creates endpoints until there are too many, then deletes all. */
async function oneTooMany(service: Service): Promise<Answer> {
  const { body } = await service.get(PATH);
  const further = Array.from({ length: 101 - body.endpoints.length }, () => ({ ...request(), enabled: false }));
  let last: Answer | undefined;
  for (const each of further) last = await service.post(PATH, each, keyed());
  const all = (await service.get(PATH)).body.endpoints as { endpoint_id: string }[];
  await Promise.all(all.map(({ endpoint_id: id }) => service.request('DELETE', `${PATH}/${id}`, undefined, {})));
  return last as Answer;
}

export const webhooks: Provocations = {
  getWebhookEndpoint: notFound('GET', NONE),
  listWebhookDeliveries: notFound('GET', `${NONE}/deliveries`),
  getWebhookDelivery: notFound('GET', NO_DELIVERY),
  changeWebhookEndpoint: notFound('PATCH', NONE, { enabled: false }),
  deleteWebhookEndpoint: notFound('DELETE', NONE),
  replayWebhooks: notFound('POST', `${NONE}/replay`, {}),
  createWebhookEndpoint: {
    IDEMPOTENCY_MISMATCH: async (service) => {
      const key = keyed();
      await service.post(PATH, request(), key);
      return service.post(PATH, request(), key);
    },
    INVALID_STATE: oneTooMany,
  },
  rotateWebhookSecret: {
    ...notFound('POST', `${NONE}/rotate`, {}, keyed()),
    IDEMPOTENCY_MISMATCH: async (service) => {
      const [path, key] = [await anEndpoint(service), keyed()];
      await service.post(`${path}/rotate`, {}, key);
      return service.post(`${path}/rotate`, { overlap_seconds: 0 }, key);
    },
    /** The most secrets that an endpoint can have are five. */
    INVALID_STATE: async (service) => {
      const path = await anEndpoint(service);
      for (let nth = 0; nth < 4; nth += 1) await service.post(`${path}/rotate`, {}, keyed());
      return service.post(`${path}/rotate`, {}, keyed());
    },
  },
  testWebhookEndpoint: {
    ...notFound('POST', `${NONE}/test`),
    INVALID_STATE: async (service) => {
      const path = await anEndpoint(service);
      await service.request('PATCH', path, { enabled: false }, {});
      return service.post(`${path}/test`);
    },
  },
  replayWebhookDelivery: {
    ...notFound('POST', `${NO_DELIVERY}/replay`),
    INVALID_STATE: async (service) => service.post(`${await pendingDelivery(service)}/replay`),
  },
};
