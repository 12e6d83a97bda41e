import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { authenticator } from '../../lib/access/authenticate.ts';
import { revokeKey } from '../../lib/access/change-key.ts';
import { createKey, type KeyRequest } from '../../lib/access/create-key.ts';
import { hashOf } from '../../lib/access/key.ts';
import { rotateKey } from '../../lib/access/rotate-key.ts';
import { closeSession, openSession, readSession, SESSION_MS } from '../../lib/access/session.ts';
import { givenADatabase } from '../support/database.ts';
import { aKey, aRequest, givenKeys, NOW } from '../support/keys-world.ts';

const database = await givenADatabase();
const refusedWith = (code: string) => expect.objectContaining({ code });

/** A key, a session of it, and the answer of an authorizer that has cached nothing. */
async function givenASession(request: Partial<KeyRequest> = {}) {
  const world = await givenKeys(database);
  const { deps, state } = world;
  const { key, secret = '' } = await createKey(deps, aRequest(request), aKey());
  const { token, ...session } = await openSession(deps, secret);
  const authenticate = (credential = token) =>
    authenticator({ keys: deps.keys, now: () => state.now, onFailure: () => {} })(credential);
  return { ...world, key, secret, token, session, authenticate };
}

describe('a session', () => {
  it('may do what its key may do, until it expires', async () => {
    const { state, key, token, session, authenticate, deps } = await givenASession();
    expect(token).toMatch(/^ses_[\w-]{43}$/);
    expect(await authenticate()).toMatchObject({ keyId: key.id, person: key.person, scopes: key.scopes });
    expect(session.expiresAt).toBe(new Date(NOW + SESSION_MS).toISOString());
    expect(await readSession(deps, token)).toEqual(session);
    state.now = NOW + SESSION_MS - 1;
    expect(await authenticate()).toBeDefined();
    state.now = NOW + SESSION_MS;
    expect(await authenticate()).toBeUndefined();
  });

  it('ends with its key', async () => {
    const { session, authenticate, state } = await givenASession({ expiresAt: NOW + 60_000 });
    expect(session.expiresAt).toBe(new Date(NOW + 60_000).toISOString());
    state.now = NOW + 60_000;
    expect(await authenticate()).toBeUndefined();
  });

  it('ends when its key is revoked', async () => {
    const { deps, key, authenticate } = await givenASession();
    await revokeKey(deps, key.id);
    expect(await authenticate()).toBeUndefined();
  });

  it('ends when the secret that it was opened with ends, not when another one does', async () => {
    const { deps, key, authenticate } = await givenASession();
    const { secret: second = '' } = await rotateKey(deps, key.id, { overlapMs: 60_000 }, aKey());
    const { token } = await openSession(deps, second);
    await rotateKey(deps, key.id, { overlapMs: 0, secretHash: hashOf(randomUUID()) }, aKey());
    expect([await authenticate(), await authenticate(token), await authenticate(second)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('outlives the rotation of its key while the old secret is valid', async () => {
    const { deps, key, authenticate, state } = await givenASession();
    await rotateKey(deps, key.id, { overlapMs: 60_000 }, aKey());
    expect(await authenticate()).toBeDefined();
    state.now = NOW + 60_000;
    expect(await authenticate()).toBeUndefined();
  });

  it('can be closed, which does not end the key', async () => {
    const { deps, token, secret, authenticate, eventTypes } = await givenASession();
    await closeSession(deps, token);
    expect(await authenticate()).toBeUndefined();
    expect(await authenticate(secret)).toBeDefined();
    expect(await eventTypes()).toEqual(['key.created', 'session.closed', 'session.opened']);
    await expect(closeSession(deps, token)).rejects.toEqual(refusedWith('UNAUTHORIZED'));
    await expect(closeSession(deps, secret)).rejects.toEqual(refusedWith('NOT_FOUND'));
  });

  it('is closed once by two requests at once', async () => {
    const { deps, token, eventTypes } = await givenASession();
    await Promise.allSettled([closeSession(deps, token), closeSession(deps, token)]);
    expect((await eventTypes()).filter((type) => type === 'session.closed')).toHaveLength(1);
  });

  it('cannot open another one', async () => {
    const { deps, token } = await givenASession();
    await expect(openSession(deps, token)).rejects.toEqual(refusedWith('FORBIDDEN'));
  });

  it('is stored by the hash of its token, with a time to live', async () => {
    const { items, token } = await givenASession();
    const stored = await items();
    expect(JSON.stringify(stored)).not.toContain(token);
    const [item] = stored.filter(({ pk }) => pk === `HASH#${hashOf(token)}`);
    expect(item).toMatchObject({ expires_at: Math.ceil((NOW + SESSION_MS) / 1_000) });
  });
});
