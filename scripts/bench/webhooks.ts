/** Many deliveries to receivers of which some refuse: how many a second, and what each costs. */

import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { range } from 'es-toolkit';
import { clientOf, type Endpoints } from '../endpoints.ts';
import { type Limits, limitOf } from './calibration.ts';
import { inParallel, post, quiet } from './load.ts';
import { between, type Counts, requestsTo, sum } from './meter.ts';
import { atMost, line } from './report.ts';

const ENDPOINTS = 10;
const CLIENTS = 20;
/** Of the first attempts. The second one succeeds. */
const REFUSED = 0.05;
const POLL_MS = 100;
const PATIENCE_MS = 3_600_000;

export const WEBHOOKS_NOTES = `
webhooks  ${ENDPOINTS} endpoints, which are disabled while the events are made, so that their deliveries wait; then all are enabled.
          "stored": requests and write units of the events, of each delivery. "sent/s": from then until every delivery has had an
          answer of 2xx; ${REFUSED * 100} % of the first attempts are refused and come again after 5 s or more, and the time counts
          until the last first attempt. The receiver is in the process of the bench and answers at once`;

export type WebhooksMeasured = {
  readonly deliveries: number;
  readonly refused: number;
  readonly sentPerSecond: number;
  readonly stored: Counts;
  readonly sent: Counts;
  readonly storedSeconds: number;
};

export async function measureWebhooks(at: Endpoints, deliveries: number): Promise<WebhooksMeasured> {
  const events = Math.ceil(deliveries / ENDPOINTS);
  const receiver = await startReceiver();
  try {
    const ids = await makeEndpoints(at, receiver.url);
    await post(at, '/wallets', { user_id: 'bench-webhooks', currency: 'IDR' });
    const before = await quiet(at);
    const began = performance.now();
    await inParallel(CLIENTS, events, async (nth) => {
      const path = '/wallets/bench-webhooks/deposits';
      const status = await post(at, path, { amount: 100, currency: 'IDR' }, `webhook-${nth}`);
      if (status !== 201) throw new Error(`A deposit was answered ${status}`);
    });
    const stored = await quiet(at);
    const storedSeconds = (performance.now() - began) / 1_000;
    const started = performance.now();
    for (const id of ids) await clientOf(at).webhookEndpoints.change(id, { enabled: true });
    await until(() => receiver.ids() === events * ENDPOINTS, 'every delivery has arrived');
    const seconds = (receiver.lastFirstAt() - started) / 1_000;
    await until(() => receiver.accepted() === events * ENDPOINTS, 'every delivery was accepted');
    const sent = await quiet(at);
    return {
      deliveries: events * ENDPOINTS,
      refused: receiver.refused(),
      sentPerSecond: (events * ENDPOINTS) / seconds,
      ...{ stored: between(before, stored), sent: between(stored, sent), storedSeconds },
    };
  } finally {
    receiver.close();
  }
}

async function makeEndpoints(at: Endpoints, url: string): Promise<string[]> {
  const { webhookEndpoints } = clientOf(at);
  const made = range(ENDPOINTS).map((index) =>
    webhookEndpoints.create({ url: `${url}/${index}`, event_types: ['deposit.created'], enabled: false }),
  );
  return (await Promise.all(made)).map(({ endpoint_id: id }) => id);
}

/** Refuses a part of the first attempts, and takes every second one. */
async function startReceiver() {
  const seen = new Map<string, boolean>();
  const counts = { accepted: 0, refused: 0, lastFirstAt: 0 };
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const id = `${request.headers['webhook-id']}`;
      const isFirst = !seen.has(id);
      if (isFirst) counts.lastFirstAt = performance.now();
      const isRefused = isFirst && Number.parseInt(id.slice(-4), 16) / 0x1_00_00 < REFUSED;
      if (isRefused) counts.refused += 1;
      else if (seen.get(id) !== true) counts.accepted += 1;
      seen.set(id, !isRefused);
      response.writeHead(isRefused ? 500 : 204).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ids: () => seen.size,
    accepted: () => counts.accepted,
    refused: () => counts.refused,
    lastFirstAt: () => counts.lastFirstAt,
    close: () => server.close(),
  };
}

async function until(isDone: () => boolean, what: string): Promise<void> {
  for (const deadline = Date.now() + PATIENCE_MS; !isDone(); await setTimeout(POLL_MS)) {
    if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}.`);
  }
}

export function webhooksRow({ deliveries, refused, sentPerSecond, stored, sent }: WebhooksMeasured, limits: Limits) {
  const each = (count: number) => Number((count / deliveries).toFixed(2));
  return {
    deliveries,
    'refused once': refused,
    'sent/s': Math.round(sentPerSecond),
    ...limitOf(limits, { counts: sent, seconds: deliveries / sentPerSecond, bankCalls: 0 }),
    'write units to store': each(sum(stored.units?.written)),
    'write units to send': each(sum(sent.units?.written)),
    'DynamoDB requests to send': each(requestsTo('dynamo', sent)),
    'SQS requests to send': each(requestsTo('sqs', sent)),
  };
}

export const webhooksBudgets = ({ deliveries, sent }: WebhooksMeasured) => [
  line('write units to send a delivery', Number((sum(sent.units?.written) / deliveries).toFixed(2)), atMost(5)),
];
