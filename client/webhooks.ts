import type {
  WebhookDelivery,
  WebhookDeliveryWithAttempts,
  WebhookEndpoint,
  WebhookEndpointChange,
  WebhookEndpointRequest,
  WebhookEndpointWithSecret,
  WebhookReplay,
  WebhookReplayRequest,
  WebhookRotateRequest,
} from './contract.ts';
import type { Pages } from './pages.ts';
import type { AnswerBody, CallOptions, Query, Transport } from './transport.ts';

const endpoint = (id: string) => ({ params: { endpoint_id: id } });
const delivery = (id: string) => ({ params: { delivery_id: id } });

/** Where events are sent, and what was sent. */
export class WebhookEndpoints {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `secret` is only in the first answer: it is undefined if the answer to the first attempt was lost. Then rotate it. */
  create(body: WebhookEndpointRequest, options?: CallOptions): Promise<WebhookEndpointWithSecret> {
    return this.#transport.call('createWebhookEndpoint', { body }, options);
  }

  get(id: string, options?: CallOptions): Promise<WebhookEndpoint> {
    return this.#transport.call('getWebhookEndpoint', endpoint(id), options);
  }

  /** All endpoints, oldest first. */
  list(options?: CallOptions): Promise<AnswerBody<'listWebhookEndpoints'>> {
    return this.#transport.call('listWebhookEndpoints', {}, options);
  }

  /** Absent fields do not change. */
  change(id: string, body: WebhookEndpointChange, options?: CallOptions): Promise<WebhookEndpoint> {
    return this.#transport.call('changeWebhookEndpoint', { ...endpoint(id), body }, options);
  }

  async delete(id: string, options?: CallOptions): Promise<void> {
    await this.#transport.call('deleteWebhookEndpoint', endpoint(id), options);
  }

  /** A new secret; the old one signs too until the overlap ends. `secret` as with `create`. */
  rotate(id: string, body: WebhookRotateRequest = {}, options?: CallOptions): Promise<WebhookEndpointWithSecret> {
    return this.#transport.call('rotateWebhookSecret', { ...endpoint(id), body }, options);
  }

  /** Sends an event to this endpoint only. */
  test(id: string, options?: CallOptions): Promise<WebhookDelivery> {
    return this.#transport.call('testWebhookEndpoint', endpoint(id), options);
  }

  /** Sends a range of events again, or all that were never delivered. */
  replay(id: string, body: WebhookReplayRequest = {}, options?: CallOptions): Promise<WebhookReplay> {
    return this.#transport.call('replayWebhooks', { ...endpoint(id), body }, options);
  }

  /** Deliveries, last changed first. */
  deliveries(
    id: string,
    query: Query<'listWebhookDeliveries'> = {},
    options?: CallOptions,
  ): Pages<WebhookDelivery, AnswerBody<'listWebhookDeliveries'>> {
    return this.#transport.list('listWebhookDeliveries', { ...endpoint(id), query }, 'deliveries', options);
  }
}

/** What was sent, and each attempt. */
export class WebhookDeliveries {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  get(id: string, options?: CallOptions): Promise<WebhookDeliveryWithAttempts> {
    return this.#transport.call('getWebhookDelivery', delivery(id), options);
  }

  /** Sends it again, with the same `webhook-id`. */
  replay(id: string, options?: CallOptions): Promise<WebhookDelivery> {
    return this.#transport.call('replayWebhookDelivery', delivery(id), options);
  }
}
