import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { authenticator, CACHED_MS, USE_MS } from '../../lib/access/authenticate.ts';
import { type ApiKey, hashOf, principalOf, rotated } from '../../lib/access/key.ts';
import { authorizer } from '../../lib/edge/authorizer.ts';
import type { KeyId } from '../../lib/kernel/principal.ts';

const ARN = 'arn:aws:execute-api:eu-west-1:000000000000:abcdef/prod';
const NOW = Date.UTC(2026, 0, 1);
const KEY: ApiKey = {
  id: 'key_1' as KeyId,
  name: 'payroll',
  person: 'ana@example.com',
  scopes: ['payouts:write'],
  limits: { maxPerDay: { IDR: '5000' } },
  createdAt: new Date(NOW).toISOString(),
  version: 1,
  secrets: [{ hash: hashOf('key-1') }],
};
const later = (ms: number) => new Date(NOW + ms).toISOString();

/** An authorizer whose table has one key with the secret `key-1`. */
function given(key: Partial<ApiKey> = {}) {
  const state = { now: NOW, reads: 0, key: { ...KEY, ...key }, uses: [] as number[], failures: [] as Error[] };
  const keys = {
    async findByHash(hash: string) {
      state.reads += 1;
      return hash === hashOf('key-1') ? { key: state.key, secretHash: hash } : undefined;
    },
    async recordUse(_id: KeyId, now: number) {
      state.uses.push(now);
    },
  };
  const onFailure = (failure: Error) => state.failures.push(failure);
  const authenticate = authenticator({ keys, now: () => state.now, onFailure });
  const authorize = authorizer(() => authenticate);
  const ask = (headers: Record<string, string> | null = { 'X-API-Key': 'key-1' }) =>
    authorize({
      type: 'REQUEST',
      methodArn: `${ARN}/POST/batches/b/start`,
      headers,
    } as APIGatewayRequestAuthorizerEvent);
  return { state, keys, ask };
}

describe('an API key', () => {
  it.each([['X-API-Key'], ['x-api-key'], ['X-Api-KEY']])('that is valid is accepted in the header %s', async (name) => {
    const { policyDocument } = await given().ask({ Accept: '*/*', [name]: 'key-1' });
    expect(policyDocument.Statement).toEqual([{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: `${ARN}/*` }]);
  });

  it('is handed to the functions as its principal, without the secret', async () => {
    const answer = await given().ask();
    expect(answer.principalId).toBe(KEY.id);
    expect(JSON.parse(`${answer.context?.principal}`)).toEqual(principalOf(KEY));
    expect(JSON.stringify(answer)).not.toMatch(new RegExp(`key-1|${hashOf('key-1')}`));
  });

  it.each([
    ['missing', {}],
    ['empty', { 'X-API-Key': '' }],
    ['wrong', { 'X-API-Key': 'key-3' }],
    ['a hash itself', { 'X-API-Key': hashOf('key-1') }],
    ['in another header', { Authorization: 'key-1' }],
  ])('that is %s is refused', async (_name, headers) => {
    await expect(given().ask(headers)).rejects.toThrow(/^Unauthorized$/);
    await expect(given().ask(null)).rejects.toThrow(/^Unauthorized$/);
  });

  it.each([
    ['revoked', { revokedAt: later(0) }],
    ['expired', { expiresAt: later(0) }],
    ['rotated away', rotated(KEY, hashOf('key-2'), NOW - 1, NOW)],
    ['no secret of its key any more', rotated(KEY, hashOf('key-2'), NOW, NOW)],
  ])('that is %s is refused', async (_name, key) => {
    await expect(given(key).ask()).rejects.toThrow(/^Unauthorized$/);
  });

  it('is read once, and again after the time of the cache', async () => {
    const { state, ask } = given();
    for (let times = 0; times < 3; times += 1) await ask();
    expect(state.reads).toBe(1);
    state.now += CACHED_MS;
    state.key = { ...KEY, revokedAt: later(1) };
    await expect(ask()).rejects.toThrow(/^Unauthorized$/);
  });

  it('that is revoked is refused within 60 s: the caches of API Gateway and of the process together', async () => {
    const text = await readFile(join(import.meta.dirname, '../../resources/authorizer.yml'), 'utf8');
    const { resultTtlInSeconds } = parse(text);
    expect(resultTtlInSeconds * 1_000 + CACHED_MS).toBeLessThanOrEqual(55_000);
  });

  it('is refused when it expires, though it is cached', async () => {
    const { state, ask } = given({ expiresAt: later(1_000) });
    await ask();
    state.now += 1_000;
    await expect(ask()).rejects.toThrow(/^Unauthorized$/);
  });

  it('is valid until the overlap of its rotation ends', async () => {
    const { state, ask } = given(rotated(KEY, hashOf('key-2'), NOW, NOW + 1_000));
    state.now += 999;
    await ask();
    state.now += 1;
    await expect(ask()).rejects.toThrow(/^Unauthorized$/);
  });
});

describe('the use of a key', () => {
  it('is recorded once a minute', async () => {
    const { state, ask } = given();
    for (let second = 0; second <= 2 * USE_MS; second += 1_000) {
      state.now = NOW + second;
      await ask();
    }
    expect(state.uses[0]).toBe(NOW);
    expect(state.uses.length).toBe(2);
    for (const [nth, time] of state.uses.entries()) expect(time - NOW).toBeLessThan(nth * (USE_MS + CACHED_MS) + 1);
  });

  it('is not recorded for a key that is refused', async () => {
    const { state, ask } = given({ revokedAt: later(0) });
    await expect(ask()).rejects.toThrow(/^Unauthorized$/);
    expect(state.uses).toEqual([]);
  });

  it('never refuses a request if it cannot be recorded', async () => {
    const { state, keys, ask } = given();
    keys.recordUse = () => Promise.reject(new Error('throttled'));
    expect((await ask()).principalId).toBe(KEY.id);
    expect(state.failures).toEqual([new Error('throttled')]);
  });
});
