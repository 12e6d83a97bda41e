import { describe, expect, it } from 'vitest';
import { makeFirstKey } from '../../cli/keys/first-key.ts';
import { authenticator } from '../../lib/access/authenticate.ts';
import { changeKey, revokeKey } from '../../lib/access/change-key.ts';
import { createKey } from '../../lib/access/create-key.ts';
import { hashOf } from '../../lib/access/key.ts';
import { listKeys, readKeyWithUse, readOwnKey } from '../../lib/access/read-keys.ts';
import { rotateKey } from '../../lib/access/rotate-key.ts';
import { ownKeyView } from '../../lib/access/view.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { Unit } from '../../lib/kernel/money.ts';
import { cursorOf } from '../../lib/kernel/page.ts';
import type { KeyId } from '../../lib/kernel/principal.ts';
import { givenADatabase } from '../support/database.ts';
import { aPrincipal } from '../support/http.ts';

import { aKey, aRequest, givenKeys, NOW } from '../support/keys-world.ts';

const database = await givenADatabase();
const given = () => givenKeys(database);
const DAY = 86_400_000;

const ADMIN = { scopes: ['admin'] } as const;
const refusedWith = (code: string) => expect.objectContaining({ code });

describe('a key that is created', () => {
  it('belongs to one person in any spelling, and is stored with the hash of its secret only', async () => {
    const { deps, items } = await given();
    const { key, secret } = await createKey(deps, aRequest({ person: ' Ben@Example.COM' }), aKey());
    expect(key.person).toBe('ben@example.com');
    const stored = JSON.stringify(await items());
    expect(stored).toContain(hashOf(`${secret}`));
    expect(stored).not.toContain(`${secret}`);
  });

  it('is made once by any number of requests with one idempotency key, and its secret is returned once', async () => {
    const { deps, items, eventTypes } = await given();
    const key = aKey();
    const made = await Promise.all(Array.from({ length: 20 }, () => createKey(deps, aRequest(), key)));
    expect(new Set(made.map((each) => each.key.id)).size).toBe(1);
    expect(made.filter(({ secret }) => secret !== undefined)).toHaveLength(1);
    expect(made.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect((await items()).filter(({ pk }) => pk === 'KEYS')).toHaveLength(1);
    expect(await eventTypes()).toEqual(['key.created']);
    await expect(createKey(deps, aRequest({ name: 'other' }), key)).rejects.toEqual(
      refusedWith('IDEMPOTENCY_MISMATCH'),
    );
  });

  it('can have a secret that its holder made: no answer has it, and no other key has it', async () => {
    const { deps } = await given();
    const secretHash = hashOf('holder');
    const made = await createKey(deps, aRequest({ secretHash }), aKey());
    expect(made.secret).toBeUndefined();
    expect((await deps.keys.findByHash(secretHash))?.key.id).toBe(made.key.id);
    await expect(createKey(deps, aRequest({ secretHash }), aKey())).rejects.toEqual(refusedWith('VALIDATION_ERROR'));
  });

  it('does not expire in the past', async () => {
    const { create } = await given();
    await expect(create({ expiresAt: NOW })).rejects.toEqual(refusedWith('VALIDATION_ERROR'));
  });
});

describe('a key that is changed', () => {
  it('has what the request says and nothing else; the same request again changes nothing', async () => {
    const { deps, create, eventTypes } = await given();
    const { id } = await create({ limits: { burst: 5 }, expiresAt: NOW + DAY });
    const request = { name: 'new', scopes: ['orders:read'] as const, limits: { maxPerDay: { IDR: '5' } } };
    const changed = await changeKey(deps, id, request);
    expect(changed).toMatchObject({ kind: 'changed', key: { person: 'ben', version: 2, ...request } });
    expect(changed).not.toHaveProperty('key.expiresAt', expect.any(String));
    expect(await changeKey(deps, id, request)).toMatchObject({ key: { version: 2 } });
    expect(await eventTypes()).toEqual(['key.changed', 'key.created']);
  });

  it('loses no change to another one at the same time', async () => {
    const { deps, create, eventTypes } = await given();
    const { id } = await create();
    const names = Array.from({ length: 8 }, (_, nth) => `name-${nth}`);
    await Promise.all(names.map((name) => changeKey(deps, id, { ...aRequest(), name })));
    expect((await deps.keys.read(id))?.version).toBe(9);
    expect((await eventTypes()).filter((type) => type === 'key.changed')).toHaveLength(8);
  });

  it('stays revoked', async () => {
    const { deps, create } = await given();
    const { id } = await create();
    await revokeKey(deps, id);
    await expect(changeKey(deps, id, aRequest({ name: 'x' }))).rejects.toEqual(refusedWith('INVALID_STATE'));
    await expect(rotateKey(deps, id, { overlapMs: 0 }, aKey())).rejects.toEqual(refusedWith('INVALID_STATE'));
  });
});

describe('the last key with the scope admin', () => {
  it('cannot be revoked, nor lose the scope, nor get an end, while a key that has expired does not count', async () => {
    const { state, deps, create } = await given();
    const [last] = [await create(ADMIN), await create({ ...ADMIN, expiresAt: NOW + DAY })];
    state.now = NOW + DAY;
    for (const change of [
      () => revokeKey(deps, last.id),
      () => changeKey(deps, last.id, aRequest()),
      () => changeKey(deps, last.id, aRequest({ ...ADMIN, expiresAt: NOW + 2 * DAY })),
    ]) {
      await expect(change()).rejects.toEqual(refusedWith('INVALID_STATE'));
    }
    const renamed = await changeKey(deps, last.id, aRequest({ ...ADMIN, name: 'other' }));
    expect(renamed).toMatchObject({ key: { name: 'other' } });
  });

  it('is one of two that revoke each other at the same time', async () => {
    const { deps, create } = await given();
    for (let round = 0; round < 10; round += 1) {
      const all = await deps.keys.all();
      const pair = [all.find(({ revokedAt }) => revokedAt === undefined) ?? (await create(ADMIN)), await create(ADMIN)];
      const results = await Promise.allSettled(pair.map(({ id }) => revokeKey(deps, id)));
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    }
  });
});

describe('a key that is rotated', () => {
  const finder = ({ deps }: Awaited<ReturnType<typeof given>>) =>
    authenticator({ keys: deps.keys, now: deps.now, onFailure: () => {} });

  it('is found by both secrets until the overlap ends, and a later rotation does not prolong it', async () => {
    const world = await given();
    const { state, deps } = world;
    const first = await createKey(deps, aRequest(), aKey());
    const second = await rotateKey(deps, first.key.id, { overlapMs: DAY }, aKey());
    const third = await rotateKey(deps, first.key.id, { overlapMs: 30 * DAY }, aKey());
    const valid = async () => {
      const find = finder(world); // without a cache
      const found = await Promise.all([first, second, third].map(({ secret }) => find(`${secret}`)));
      return found.map((principal) => principal !== undefined);
    };
    expect(await valid()).toEqual([true, true, true]);
    state.now = NOW + DAY;
    expect(await valid()).toEqual([false, true, true]);
    state.now = NOW + 30 * DAY;
    expect(await valid()).toEqual([false, false, true]);
  });

  it('has one secret after a rotation without an overlap', async () => {
    const world = await given();
    const first = await createKey(world.deps, aRequest(), aKey());
    const second = await rotateKey(world.deps, first.key.id, { overlapMs: DAY }, aKey());
    const third = await rotateKey(world.deps, first.key.id, { overlapMs: 0 }, aKey());
    const find = finder(world);
    const found = await Promise.all([first, second, third].map(({ secret }) => find(`${secret}`)));
    expect(found.map((principal) => principal?.keyId)).toEqual([undefined, undefined, first.key.id]);
  });

  it('is rotated once by any number of requests with one idempotency key', async () => {
    const { deps, create, eventTypes } = await given();
    const { id } = await create();
    const key = aKey();
    const all = await Promise.all(Array.from({ length: 10 }, () => rotateKey(deps, id, { overlapMs: 0 }, key)));
    expect(all.filter(({ secret }) => secret !== undefined)).toHaveLength(1);
    expect((await deps.keys.read(id))?.version).toBe(2);
    expect(await eventTypes()).toEqual(['key.created', 'key.rotated']);
  });

  it('answers a repeated request as the first one, though the key can have no further secret or is revoked', async () => {
    const { deps, create } = await given();
    const { id } = await create();
    const rotate = (key: IdempotencyKey) => rotateKey(deps, id, { overlapMs: DAY }, key);
    const keys = Array.from({ length: 4 }, aKey);
    for (const key of keys) expect(await rotate(key)).toMatchObject({ replayed: false });
    await expect(rotate(aKey())).rejects.toEqual(refusedWith('INVALID_STATE'));
    for (const key of keys) expect(await rotate(key)).toMatchObject({ replayed: true, key: { id } });
    await revokeKey(deps, id);
    for (const key of keys) expect(await rotate(key)).toMatchObject({ replayed: true, key: { id } });
    const other = rotateKey(deps, id, { overlapMs: 0 }, keys[0] ?? aKey());
    await expect(other).rejects.toEqual(refusedWith('IDEMPOTENCY_MISMATCH'));
  });

  it.each(['admin', 'payouts:approve', 'operations'] as const)(
    'and has the scope %s gives its secret to no other person',
    async (scope) => {
      const { state, deps, create } = await given();
      const { id } = await create({ scopes: [scope], person: 'Ben' });
      const rotate = () => rotateKey(deps, id, { overlapMs: 0 }, aKey());
      await expect(rotate()).rejects.toEqual(refusedWith('FORBIDDEN'));
      state.by = aPrincipal({ person: 'ben' });
      expect((await rotate()).secret).toEqual(expect.any(String));
    },
  );
});

describe('keys', () => {
  it('are listed newest first, in pages, with their last use', async () => {
    const { state, deps, create } = await given();
    const made: KeyId[] = [];
    for (let nth = 0; nth < 7; nth += 1) {
      state.now = NOW + nth;
      made.unshift((await create()).id);
    }
    const used = made[3] as KeyId;
    await deps.keys.recordUse(used, NOW + DAY);
    await deps.keys.recordUse(used, NOW + DAY + 59_999); // within the minute
    const found: (readonly [KeyId, string | undefined])[] = [];
    for (let cursor: string | undefined, more = true; more; more = cursor !== undefined) {
      const page = await listKeys(deps, { limit: 3, cursor });
      found.push(...page.items.map(({ key, usedAt }) => [key.id, usedAt] as const));
      cursor = page.cursor;
    }
    const at = new Date(NOW + DAY).toISOString();
    expect(found).toEqual(made.map((id) => [id, id === used ? at : undefined]));
    await deps.keys.recordUse(used, NOW + DAY + 60_000);
    expect((await readKeyWithUse(deps, used)).usedAt).toBe(new Date(NOW + DAY + 60_000).toISOString());
    const afterLast = cursorOf(made[6] as KeyId);
    expect((await listKeys(deps, { limit: 3, cursor: afterLast })).items).toEqual([]);
    await expect(listKeys(deps, { limit: 3, cursor: 'x' })).rejects.toEqual(refusedWith('VALIDATION_ERROR'));
  });
});

describe('the first key of a deployment', () => {
  const wanted = { stage: 'prod', name: 'first', person: 'ana', scopes: ['admin'] } as const;

  it('is made by one of several commands at once', async () => {
    const { deps } = await given();
    const made = await Promise.allSettled(Array.from({ length: 5 }, () => makeFirstKey(deps.keys, wanted)));
    const keys = made.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    expect(keys).toEqual([expect.objectContaining({ secret: expect.stringMatching(/^sk_live_/) })]);
    expect(await deps.keys.all()).toHaveLength(1);
  });

  it('is refused beside another key with the scope admin, except with force', async () => {
    const { deps, create } = await given();
    await create(ADMIN);
    await expect(makeFirstKey(deps.keys, wanted)).rejects.toEqual(refusedWith('INVALID_STATE'));
    const forced = await makeFirstKey(deps.keys, { ...wanted, force: true });
    expect((await deps.keys.read(forced.key.id))?.scopes).toEqual(['admin']);
  });

  it('takes over the hash of a key that a deployment had before', async () => {
    const { deps } = await given();
    const { secret } = await makeFirstKey(deps.keys, { ...wanted, secretSha256: hashOf('local_old') });
    expect(secret).toBeUndefined();
    const find = authenticator({ keys: deps.keys, now: Date.now, onFailure: () => {} });
    expect((await find('local_old'))?.person).toBe('ana');
  });
});

describe('the key of a request', () => {
  it('shows what it has used of its daily limits today', async () => {
    const { state, deps, create, use } = await given();
    const maxPerDay = { IDR: '9007199254740993', ETH: `1${'0'.repeat(30)}`, BRL: '5' };
    const key = await create({ limits: { maxPerDay } });
    state.by = aPrincipal({ keyId: key.id, limits: { maxPerDay } });
    const wei = 10n ** 30n - 1n;
    await use(
      state.by,
      new Map([
        ['IDR' as Unit, 9_007_199_254_740_993n],
        ['ETH' as Unit, wei],
        ['PHP' as Unit, 1n],
      ]),
    );
    const shown = async () => JSON.parse(JSON.stringify(ownKeyView(deps, await readOwnKey(deps)).used_today));
    const own = await readOwnKey(deps);
    expect(own.usedToday).toEqual(
      new Map([
        ['IDR', 9_007_199_254_740_993n],
        ['ETH', wei],
        ['BRL', 0n],
      ]),
    );
    expect(await shown()).toMatchObject({ ETH: `${wei}`, BRL: 0 });
    state.now += DAY;
    expect(await shown()).toMatchObject({ IDR: 0, ETH: '0', BRL: 0 });
  });

  it('reads no counter without a daily limit', async () => {
    const { state, deps, create } = await given();
    state.by = aPrincipal({ keyId: (await create()).id });
    const limits = { usedOn: () => Promise.reject(new Error('read')) };
    expect((await readOwnKey({ ...deps, limits })).usedToday).toEqual(new Map());
  });
});
