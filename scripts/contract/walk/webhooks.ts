import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Recorder } from '../recorder.ts';

const keyed = (key: string) => ({ 'Idempotency-Key': key });

/** With a receiver that refuses the first message. */
export async function walkWebhooks(recorder: Recorder): Promise<void> {
  let calls = 0;
  const receiver = createServer((request, response) => {
    calls += 1;
    request.resume();
    response.writeHead(calls === 1 ? 503 : 204).end(calls === 1 ? 'maintenance' : undefined);
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  try {
    await walk(recorder, `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/sluice`);
  } finally {
    receiver.close();
  }
}

async function walk(recorder: Recorder, url: string): Promise<void> {
  const body = { url, event_types: ['batch.*', 'payout.failed'], description: 'orders service' };
  const made = { headers: keyed('orders-endpoint'), body };
  const { json } = await recorder.ask('createWebhookEndpoint', 201, made);
  await recorder.ask('createWebhookEndpoint', 201, made);
  await recorder.ask('createWebhookEndpoint', 422, { ...made, body: { ...body, event_types: ['*'] } });
  const typo = { headers: keyed('typo'), body: { url: 'http://10.0.0.7/', event_types: ['payout.done'] } };
  await recorder.ask('createWebhookEndpoint', 400, typo);
  const one = { params: { endpoint_id: json.endpoint_id } };
  await recorder.ask('listWebhookEndpoints', 200);
  await recorder.ask('getWebhookEndpoint', 200, one);
  await recorder.ask('rotateWebhookSecret', 200, { ...one, headers: keyed('rotate-orders'), body: {} });
  const { json: tested } = await recorder.ask('testWebhookEndpoint', 202, one);
  const delivery = { params: { delivery_id: tested.delivery_id } };
  const isDelivered = (each: { status?: string }) => each.status === 'delivered';
  await recorder.askUntil('getWebhookDelivery', isDelivered, delivery);
  await recorder.ask('replayWebhookDelivery', 202, delivery);
  await recorder.ask('listWebhookDeliveries', 200, { ...one, query: { status: 'delivered', limit: '10' } });
  await recorder.ask('replayWebhooks', 202, { ...one, body: {} });
  await recorder.ask('changeWebhookEndpoint', 200, { ...one, body: { enabled: false } });
  await recorder.ask('testWebhookEndpoint', 409, one);
  await recorder.ask('deleteWebhookEndpoint', 204, one);
  await recorder.ask('getWebhookEndpoint', 404, one);
}
