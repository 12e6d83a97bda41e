import { describe, expect, it } from 'vitest';
import { SluiceConnectionError, SluiceError } from '../../client/index.ts';
import { pauseAfter } from '../../client/retry.ts';
import { BATCH, clientOf, ITEM } from '../support/client.ts';
import { errorReply, type Reply } from '../support/http-server.ts';

const OK: Reply = { status: 200, body: BATCH };
const CREATED: Reply = { status: 201, body: BATCH };
const ACCEPTED: Reply = { status: 202, body: BATCH };
const NOW = { 'retry-after': '0' };

describe('what may succeed later is sent again', () => {
  it.each<[string, Reply]>([
    ['a connection that breaks', 'drop'],
    ['429', errorReply(429, 'RATE_LIMITED', NOW)],
    ['500', errorReply(500, 'INTERNAL', NOW)],
    ['503', errorReply(503, 'UNAVAILABLE', NOW)],
    ['504', errorReply(504, 'GATEWAY_TIMEOUT', NOW)],
    ['409 REQUEST_IN_PROGRESS', errorReply(409, 'REQUEST_IN_PROGRESS', NOW)],
    ['a 502 of a proxy', { status: 502, headers: NOW, body: '<html>Bad gateway</html>' }],
  ])('%s', async (_name, reply) => {
    const { server, sluice } = await clientOf([reply, CREATED]);
    expect(await sluice.batches.create({ items: [ITEM] })).toEqual(BATCH);
    expect(server.received).toHaveLength(2);
  });

  it.each<[string, Reply]>([
    ['a refused request', errorReply(400, 'VALIDATION_ERROR')],
    ['a state that does not allow it', errorReply(409, 'INVALID_STATE')],
    ['a gateway that did not charge', errorReply(502, 'GATEWAY_ERROR')],
    ['a key that was used with another body', errorReply(422, 'IDEMPOTENCY_MISMATCH')],
  ])('but not %s', async (_name, reply) => {
    const { server, sluice } = await clientOf([reply, CREATED]);
    await expect(sluice.batches.create({ items: [ITEM] })).rejects.toThrow(SluiceError);
    expect(server.received).toHaveLength(1);
  });
});

describe('a request without a key', () => {
  it('that has one effect however often it is sent is repeated', async () => {
    const { server, sluice } = await clientOf(['drop', ACCEPTED]);
    await sluice.batches.start('b-1');
    expect(server.received.map(({ url }) => url)).toEqual(['/batches/b-1/start', '/batches/b-1/start']);
  });

  it('that would have a second effect is not repeated when its outcome is unknown', async () => {
    const { server, sluice } = await clientOf(['drop']);
    await expect(sluice.batches.retryFailed('b-1')).rejects.toThrow(SluiceConnectionError);
    await expect(sluice.withdrawals.retry('w-1')).rejects.toThrow(SluiceConnectionError);
    expect(server.received).toHaveLength(2);
  });

  it('is repeated after 429: nothing was changed', async () => {
    const { server, sluice } = await clientOf([errorReply(429, 'RATE_LIMITED', NOW), ACCEPTED]);
    await sluice.batches.retryFailed('b-1');
    expect(server.received).toHaveLength(2);
  });

  it('that names its provider is repeated, one that does not is not', async () => {
    const named = await clientOf(['drop', CREATED]);
    await named.sluice.providers.create({ provider_id: 'pln', name: 'PLN' });
    expect(named.server.received).toHaveLength(2);
    const unnamed = await clientOf(['drop', CREATED]);
    await expect(unnamed.sluice.providers.create({ name: 'PLN' })).rejects.toThrow(SluiceConnectionError);
    expect(unnamed.server.received).toHaveLength(1);
  });
});

describe('the pause', () => {
  it.each([1, 2, 3, 8])('after attempt %i is drawn from the whole range up to 10 s, which doubles', (attempt) => {
    const longest = Math.min(10_000, 200 * 2 ** attempt);
    const pauses = Array.from({ length: 1_000 }, () => pauseAfter(attempt, undefined));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(longest);
    expect(Math.max(...pauses)).toBeGreaterThan(0.9 * longest);
    expect(Math.min(...pauses)).toBeLessThan(0.1 * longest);
  });

  const elapsed = async (work: () => Promise<unknown>) => {
    const begun = performance.now();
    await work();
    return performance.now() - begun;
  };

  it('is that of Retry-After in seconds', async () => {
    const { sluice } = await clientOf([errorReply(503, 'UNAVAILABLE', { 'retry-after': '1' }), OK]);
    expect(await elapsed(() => sluice.batches.get('b-1'))).toBeGreaterThan(990);
  });

  it('is that of Retry-After as a date', async () => {
    const date = new Date(Date.now() + 2_500).toUTCString(); // in whole seconds: at least 1.5 s from now
    const { sluice } = await clientOf([errorReply(503, 'UNAVAILABLE', { 'retry-after': date }), OK]);
    expect(await elapsed(() => sluice.batches.get('b-1'))).toBeGreaterThan(1_400);
  });

  it('is not begun if it is longer than the time that is left', async () => {
    const { server, sluice } = await clientOf([errorReply(503, 'UNAVAILABLE', { 'retry-after': '60' }), OK]);
    const error = await sluice.batches.get('b-1', { timeoutMs: 5_000 }).catch((thrown) => thrown);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', retryAfter: 60 });
    expect(server.received).toHaveLength(1);
  });
});

describe('a call ends', () => {
  it('after its attempts, with the last error', async () => {
    const { server, sluice } = await clientOf([errorReply(503, 'UNAVAILABLE', NOW)], { attempts: 3 });
    await expect(sluice.batches.get('b-1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(server.received).toHaveLength(3);
  });

  it('when its time is over, although the service hangs', async () => {
    const { server, sluice } = await clientOf(['hang'], { attemptTimeoutMs: 100, timeoutMs: 300 });
    await expect(sluice.batches.get('b-1')).rejects.toThrow(/did not answer in time/);
    expect(server.received.length).toBeGreaterThan(0);
  });

  it('when the caller aborts it, with the reason, while it waits for an answer', async () => {
    const { sluice } = await clientOf(['hang']);
    const stop = new AbortController();
    const call = sluice.batches.get('b-1', { signal: stop.signal });
    stop.abort(new Error('not needed any more'));
    await expect(call).rejects.toThrow('not needed any more');
  });

  it('when the caller aborts it, while it waits for the next attempt', async () => {
    const { server, sluice } = await clientOf([errorReply(503, 'UNAVAILABLE', { 'retry-after': '30' })]);
    const call = sluice.batches.get('b-1', { signal: AbortSignal.timeout(300) });
    await expect(call).rejects.toMatchObject({ name: 'TimeoutError' });
    expect(server.received).toHaveLength(1);
  });

  it('at once if nothing listens and one attempt is allowed', async () => {
    const { server, sluice } = await clientOf([OK]);
    await server.close();
    await expect(sluice.batches.get('b-1', { attempts: 1 })).rejects.toThrow(/cannot be reached/);
  });
});
