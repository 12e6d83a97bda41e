import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { signedHeaders } from '../../lib/kernel/signature.ts';
import { afterAttempt, DELAYS, type Delivery, deliveryIdOf, MAX_ATTEMPTS } from '../../lib/webhooks/delivery.ts';
import {
  type Endpoint,
  type EndpointId,
  isFilter,
  secretOf,
  signing,
  TEST_EVENT,
  wants,
  withSecret,
  withSettings,
} from '../../lib/webhooks/endpoint.ts';

const NOW = Date.parse('2026-11-22T10:00:00.000Z');
const HOUR = 3_600_000;
const at = (ms: number) => new Date(NOW + ms).toISOString();
const secret = (byte: number) => secretOf(new Uint8Array(32).fill(byte));
const anEndpoint = (changes: Partial<Endpoint> = {}): Endpoint => ({
  ...{ id: 'webhook_1' as EndpointId, url: 'https://example.com', description: '', enabled: true, version: 1 },
  ...{ filters: [{ since: at(0), types: ['*'] }], secrets: [{ secret: secret(1) }], createdAt: at(0) },
  ...changes,
});
const filtered = (...types: string[]) => anEndpoint({ filters: [{ since: at(0), types }] });
const event = (type: string, ms = 1_000, subject = 's') => ({ type, time: at(ms), subject });

describe('an endpoint wants', () => {
  it.each([
    ['*', 'payout.failed', true],
    ['payout.failed', 'payout.failed', true],
    ['payout.failed', 'payout.failed2', false],
    ['payout.*', 'payout.failed', true],
    ['payout.*', 'payout_other.failed', false],
    ['payout.*', 'payout', false],
    ['batch.*', 'payout.failed', false],
    ['pay*', 'payout.failed', false],
  ])('by the filter %s the event %s: %s', (type, happened, expected) =>
    expect(wants(filtered(type), event(happened))).toBe(expected),
  );

  it('what any of its types matches, and nothing by no type', () => {
    const either = filtered('payout.*', 'batch.completed');
    expect(['payout.failed', 'batch.completed', 'batch.created'].map((type) => wants(either, event(type)))).toEqual([
      ...[true, true, false],
    ]);
    expect(wants(filtered(), event('payout.failed'))).toBe(false);
  });

  it('by the filter at the time of the event', () => {
    const changed = withSettings(filtered('payout.*'), { types: ['batch.*'] }, NOW + 10_000);
    const again = changed ?? anEndpoint();
    const kinds = (ms: number) => ['payout.failed', 'batch.created'].filter((type) => wants(again, event(type, ms)));
    expect(kinds(-1)).toEqual([]);
    expect(kinds(0)).toEqual(['payout.failed']);
    expect(kinds(9_999)).toEqual(['payout.failed']);
    expect(kinds(10_000)).toEqual(['batch.created']);
  });

  it('its own test events; filters do not apply', () => {
    const one = filtered('payout.failed');
    expect(wants(one, event(TEST_EVENT, 1, one.id))).toBe(true);
    expect(wants(filtered('*'), event(TEST_EVENT, 1, 'webhook_2'))).toBe(false);
  });

  it('no types that no event has', () => {
    expect(['*', 'payout.*', 'payout.failed'].every(isFilter)).toBe(true);
    expect(['', 'payout', 'payout.', 'payout.fail', 'none.*', '**', 'p*'].some(isFilter)).toBe(false);
  });
});

it('an endpoint whose filter changes often keeps the last 50', () => {
  let one = filtered('*');
  for (let change = 1; change <= 60; change += 1) {
    one = withSettings(one, { types: [change % 2 === 0 ? '*' : 'payout.*'] }, NOW + change * 1_000) ?? one;
  }
  expect(one.filters).toHaveLength(50);
  expect(one.filters.at(-1)).toEqual({ since: at(60_000), types: ['*'] });
});

describe('a delivery', () => {
  const key = { subject: 's', position: `${at(0)}#payout.failed:1` as Delivery['event']['position'] };
  const given: Delivery = {
    ...{ id: deliveryIdOf(anEndpoint().id, key), endpointId: anEndpoint().id, event: key, type: 'payout.failed' },
    ...{ status: 'pending', createdAt: at(0), at: at(0), failures: 0, replays: 0, attempts: [] },
  };
  const failure = { at: at(0), durationMs: 1, status: 500, error: 'no' };
  const fail = (before: Delivery, random: number, retryAfterMs?: number) =>
    afterAttempt(before, { ...failure, retryAfterMs }, Date.parse(before.at), () => random);

  it.each([0, 0.5, 0.999])('has ten attempts in 75 hours; jitter only lengthens (%d)', (random) => {
    let one = given;
    const times = [0];
    while (one.status === 'pending') {
      one = fail(one, random);
      if (one.status === 'pending') times.push(Date.parse(one.at) - NOW);
    }
    expect(one).toMatchObject({ status: 'failed', failures: 10 });
    const gaps = times.map((time, index) => time - (times[index - 1] ?? 0));
    const [second, minute] = [1_000, 60_000];
    const wanted = [0, 5 * second, minute, 5 * minute, 30 * minute, ...[2, 5, 10, 24, 33].map((hours) => hours * HOUR)];
    expect(DELAYS).toEqual(wanted);
    for (const [index, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual(wanted[index] ?? Number.NaN);
      expect(gap).toBeLessThanOrEqual((wanted[index] ?? 0) * 1.1 + 1);
    }
    expect(Math.round((times.at(-1) ?? 0) / HOUR)).toBeGreaterThanOrEqual(75);
  });

  it('waits for Retry-After if that is longer, at most a day', () => {
    expect(Date.parse(fail(given, 0, 60_000).at) - NOW).toBe(60_000);
    expect(Date.parse(fail(given, 0, 1_000).at) - NOW).toBe(5_000);
    expect(Date.parse(fail(given, 0, 7 * 24 * HOUR).at) - NOW).toBe(24 * HOUR);
  });

  it('stays ended when an overtaken worker records another attempt, unless only that one succeeded', () => {
    const delivered = afterAttempt(given, { at: at(0), durationMs: 1, status: 200 }, NOW, () => 0);
    expect(delivered).toMatchObject({ status: 'delivered', at: at(0) });
    expect(fail(delivered, 0)).toMatchObject({
      status: 'delivered',
      failures: 0,
      attempts: [{ status: 200 }, failure],
    });
    const failed: Delivery = { ...given, status: 'failed', failures: 10 };
    expect(fail(failed, 0)).toMatchObject({ status: 'failed', failures: 10, attempts: [failure] });
    const late = afterAttempt(failed, { at: at(0), durationMs: 1, status: 200 }, NOW + 1, () => 0);
    expect(late).toMatchObject({ status: 'delivered', at: new Date(NOW + 1).toISOString() });
  });

  it('has failed after its 100th attempt', () => {
    const many = { ...given, attempts: Array(MAX_ATTEMPTS - 1).fill(failure) };
    expect(fail(many, 0)).toMatchObject({ status: 'failed', failures: 1 });
  });

  it('has the same id however often its event is published, and another one for another endpoint or event', () => {
    const ids = [
      deliveryIdOf('webhook_1' as EndpointId, key),
      deliveryIdOf('webhook_2' as EndpointId, key),
      deliveryIdOf('webhook_1' as EndpointId, { ...key, subject: 't' }),
    ];
    expect(new Set(ids).size).toBe(3);
    expect(deliveryIdOf('webhook_1' as EndpointId, { ...key })).toBe(ids[0]);
  });
});

describe('secrets', () => {
  const rotated = (before: Endpoint, byte: number, now: number, overlap: number) =>
    withSecret(before, secret(byte), now, now + overlap);

  it('sign until their overlap ends, or earlier if they had an end', () => {
    const second = rotated(anEndpoint(), 2, NOW, 10_000) as Endpoint;
    const third = rotated(second, 3, NOW + 1_000, 60_000) as Endpoint;
    expect(signing(third, NOW + 1_000)).toEqual([secret(3), secret(2), secret(1)]);
    expect(signing(third, NOW + 10_000)).toEqual([secret(3), secret(2)]);
    expect(signing(third, NOW + 61_000)).toEqual([secret(3)]);
    const shorter = rotated(third, 4, NOW + 2_000, 0) as Endpoint;
    expect(signing(shorter, NOW + 2_000)).toEqual([secret(4)]);
  });

  it('are five at most', () => {
    let one: Endpoint | undefined = anEndpoint();
    for (let byte = 2; byte <= 5; byte += 1) one = one && rotated(one, byte, NOW, HOUR);
    expect(one && signing(one, NOW)).toHaveLength(5);
    expect(one && rotated(one, 6, NOW, HOUR)).toBeUndefined();
    expect(one && rotated(one, 6, NOW + HOUR, HOUR)).toBeDefined();
  });

  it('make signatures that the reference library accepts, each of them by itself', () => {
    const [id, body, now] = ['msg_1', JSON.stringify({ amount: '1', name: 'Zoë €' }), Date.now()];
    const headers = signedHeaders([secret(1), secret(2)], { id, now, body });
    expect(headers['webhook-signature'].split(' ')).toHaveLength(2);
    for (const byte of [1, 2]) expect(new Webhook(secret(byte)).verify(body, headers)).toEqual(JSON.parse(body));
    expect(() => new Webhook(secret(3)).verify(body, headers)).toThrow();
    expect(() => new Webhook(secret(1)).verify(`${body} `, headers)).toThrow();
    expect(() => new Webhook(secret(1)).verify(body, { ...headers, 'webhook-id': 'msg_2' })).toThrow();
    const late = signedHeaders([secret(1)], { id, now: now - 301_000, body });
    expect(() => new Webhook(secret(1)).verify(body, late)).toThrow();
  });
});
