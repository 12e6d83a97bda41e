import { describe, expect, it } from 'vitest';
import type { Approval } from '../../lib/access/approval.ts';
import { authenticator } from '../../lib/access/authenticate.ts';
import { type ChangeRequest, changeKey, revokeKey } from '../../lib/access/change-key.ts';
import { createKey, type KeyRequest, type NewSecret } from '../../lib/access/create-key.ts';
import { readApproval } from '../../lib/access/decide-approval.ts';
import { statusOf } from '../../lib/access/key.ts';
import { recoverApprovals } from '../../lib/access/recover-approvals.ts';
import { rotateKey } from '../../lib/access/rotate-key.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { KeyId } from '../../lib/kernel/principal.ts';
import { as, decide } from '../support/approvals.ts';
import { givenADatabase } from '../support/database.ts';
import { recoverAll } from '../support/recovery.ts';
import { World } from '../support/world.ts';

const database = await givenADatabase();
const DAY_MS = 86_400_000;
const INVALID = { code: 'INVALID_STATE' };
const FORBIDDEN = { code: 'FORBIDDEN' };

/** Ana administers; Ben and Cleo can approve. */
class Office {
  readonly world: World;
  #keys = 0;

  constructor(world: World) {
    this.world = world;
  }

  get access() {
    return this.world.administering(this.world.deps);
  }

  get approving() {
    return this.world.approving(this.world.deps);
  }

  create(request: Partial<KeyRequest>, by = 'ana'): Promise<NewSecret> {
    this.#keys += 1;
    const whole = { name: 'a key', person: 'zoe', scopes: ['payouts:read'], limits: {}, ...request } as const;
    return as(by, () => createKey(this.access, whole, `key-${this.#keys}` as IdempotencyKey));
  }

  /** A new key that may approve payouts, itself approved by ben if a rule requires that. */
  async hired(person: string): Promise<KeyId> {
    const { key } = await this.create({ person, scopes: ['payouts:approve'] });
    if (key.awaits) await decide(this.approving, 'ben', 'approve', { id: key.awaits });
    return key.id;
  }

  async change(id: KeyId, request: Partial<ChangeRequest>, by = 'ana') {
    const { name, scopes, limits, expiresAt } = await this.read(id);
    const kept = expiresAt === undefined ? {} : { expiresAt: Date.parse(expiresAt) };
    return as(by, () => changeKey(this.access, id, { name, scopes, limits, ...kept, ...request }));
  }

  async read(id: KeyId) {
    const key = await this.access.keys.read(id);
    if (!key) throw new Error(`there is no ${id}`);
    return key;
  }

  async status({ key }: NewSecret) {
    return statusOf(await this.read(key.id), this.world.clock.now());
  }

  /** Without a cache. */
  async finds({ secret }: NewSecret): Promise<boolean> {
    const find = authenticator({ keys: this.access.keys, now: this.world.clock.now, onFailure: () => {} });
    return (await find(`${secret}`)) !== undefined;
  }

  decide(person: string, verdict: 'approve' | 'reject', id: string | undefined) {
    return decide(this.approving, person, verdict, { id: `${id}` });
  }
}

const play = (test: (office: Office) => Promise<void>) => async () => {
  const world = await World.open(database);
  await world.during(() => world.play(() => test(new Office(world))));
};
const staffed = (test: (office: Office) => Promise<void>) =>
  play(async (office) => {
    await office.hired('ben');
    await office.hired('cleo');
    await test(office);
  });
const waitingOf = (changed: Awaited<ReturnType<Office['change']>>): Approval => {
  if (changed.kind !== 'waiting') throw new Error('the change does not wait');
  return changed.approval;
};

describe.concurrent('a new key that can decide', () => {
  it(
    'is usable at once while there is no approver besides the caller',
    play(async (office) => {
      const made = await office.create({ scopes: ['admin', 'payouts:approve'], person: 'ana' });
      expect(made.key.awaits).toBeUndefined();
      expect(await office.finds(made)).toBe(true);
      expect((await office.create({ scopes: ['operations'] })).key.awaits).toBeUndefined();
    }),
  );

  it.each(['admin', 'payouts:approve', 'operations'] as const)(
    'and has %s is usable once another person has approved it',
    (scope) =>
      staffed(async (office) => {
        const made = await office.create({ scopes: [scope] });
        expect(await office.status(made)).toBe('awaiting_approval');
        expect(await office.finds(made)).toBe(false);
        expect(await office.decide('ana', 'approve', made.key.awaits)).toMatchObject(FORBIDDEN);
        expect(await office.decide('zoe', 'approve', made.key.awaits)).toMatchObject(FORBIDDEN);
        expect(await office.finds(made)).toBe(false);
        expect(await office.decide('ben', 'approve', made.key.awaits)).toMatchObject({ status: 'approved' });
        expect(await office.finds(made)).toBe(true);
      })(),
  );

  it(
    'is neither an approver nor an administrator while it waits',
    play(async (office) => {
      const admin = await office.create({ scopes: ['admin'], person: 'ana' });
      const ben = await office.hired('ben');
      await office.create({ scopes: ['admin', 'payouts:approve'] });
      await expect(as('ana', () => revokeKey(office.access, admin.key.id))).rejects.toMatchObject(INVALID);
      await as('ana', () => revokeKey(office.access, ben));
      office.world.clock.jump(30 * DAY_MS);
      expect(await office.approving.policies.hasOtherApprover('ana', office.world.clock.now())).toBe(false);
    }),
  );

  it(
    'is revoked if a person rejects it, or if its approval lapses',
    staffed(async (office) => {
      const [rejected, lapsed] = [
        await office.create({ scopes: ['admin'] }),
        await office.create({ scopes: ['admin'] }),
      ];
      expect(await office.decide('cleo', 'reject', rejected.key.awaits)).toMatchObject({ status: 'rejected' });
      office.world.clock.jump(3 * DAY_MS);
      await recoverAll(recoverApprovals, office.approving);
      for (const made of [rejected, lapsed]) {
        expect(await office.status(made)).toBe('revoked');
        expect(await office.finds(made)).toBe(false);
        expect(await office.decide('ben', 'approve', made.key.awaits)).toMatchObject(INVALID);
      }
    }),
  );

  it(
    'cannot be changed or rotated while it waits; one that is revoked stays revoked',
    staffed(async (office) => {
      const made = await office.create({ scopes: ['admin'] });
      await expect(office.change(made.key.id, { name: 'other' })).rejects.toMatchObject(INVALID);
      const rotate = as('zoe', () => rotateKey(office.access, made.key.id, { overlapMs: 0 }, 'r' as IdempotencyKey));
      await expect(rotate).rejects.toMatchObject(INVALID);
      await as('ana', () => revokeKey(office.access, made.key.id));
      expect(await office.decide('ben', 'approve', made.key.awaits)).toMatchObject(INVALID);
      expect(await office.decide('ben', 'reject', made.key.awaits)).toMatchObject({ status: 'rejected' });
      expect(await office.status(made)).toBe('revoked');
    }),
  );

  it(
    'is one key with one approval, however often its request is repeated',
    staffed(async (office) => {
      const request = { name: 'n', person: 'zoe', scopes: ['admin'], limits: {} } as const;
      const ask = () => as('ana', () => createKey(office.access, request, 'same' as IdempotencyKey));
      const made = await Promise.all([ask(), ask(), ask()]);
      expect(new Set(made.map(({ key }) => key.awaits)).size).toBe(1);
      const { items } = await office.approving.approvals.list({ limit: 10, status: 'waiting' });
      expect(items).toMatchObject([{ kind: 'key', subject: made[0]?.key.id, beneficiary: 'zoe' }]);
      expect(JSON.stringify(items)).not.toContain(made[0]?.key.secrets[0]?.hash);
    }),
  );
});

describe.concurrent('an administrator', () => {
  it.each([
    ['is revoked', (office: Office, id: KeyId) => as('ana', () => revokeKey(office.access, id))],
    ['loses its scope', (office: Office, id: KeyId) => office.change(id, { scopes: ['payouts:read'] })],
    [
      'expires, and then loses its scope',
      async (office: Office, id: KeyId) => {
        await office.change(id, { expiresAt: office.world.clock.now() + 1 });
        office.world.clock.jump(1);
        await office.change(id, { scopes: ['payouts:read'], expiresAt: undefined });
        await office.change(id, { name: 'changed again' });
      },
    ],
  ])('is alone 30 days after the key of the only approver %s', (_how, remove) =>
    play(async (office) => {
      await remove(office, await office.hired('ben'));
      const refused = await office.create({ scopes: ['payouts:approve'] });
      expect(await office.status(refused)).toBe('awaiting_approval');
      office.world.clock.jump(30 * DAY_MS - 1_000);
      expect(await office.status(await office.create({ scopes: ['operations'] }))).toBe('awaiting_approval');
      office.world.clock.jump(1_000);
      expect(await office.status(await office.create({ scopes: ['payouts:approve'] }))).toBe('active');
    })(),
  );
});

describe.concurrent('a change of a key', () => {
  const LIMITS = { requestsPerSecond: 5, maxPerPayout: { IDR: '10' }, maxPerDay: { IDR: '100', PHP: '5' } };
  const UNTIL = Date.UTC(2027, 0, 1);

  it.each([
    ['adds a scope', { scopes: ['payouts:approve'] }],
    ['raises a limit', { limits: { ...LIMITS, maxPerDay: { IDR: '101', PHP: '5' } } }],
    ['removes a limit of a currency', { limits: { ...LIMITS, maxPerDay: { IDR: '100' } } }],
    ['removes a limit', { limits: { requestsPerSecond: 5, maxPerDay: LIMITS.maxPerDay } }],
    ['raises the burst', { limits: { ...LIMITS, burst: 6 } }],
    ['prolongs a key that can decide', { expiresAt: UNTIL + 1 }],
  ] as const)('that %s waits for another person', (_what, change) =>
    staffed(async (office) => {
      const scopes = 'expiresAt' in change ? (['operations'] as const) : (['payouts:write'] as const);
      const { key } = await office.create({ scopes, limits: LIMITS, expiresAt: UNTIL });
      if (key.awaits) await office.decide('ben', 'approve', key.awaits);
      const before = await office.read(key.id);
      const approval = waitingOf(await office.change(key.id, change as Partial<ChangeRequest>));
      expect(await office.decide('ana', 'approve', approval.id)).toMatchObject(FORBIDDEN);
      expect(await office.decide('zoe', 'approve', approval.id)).toMatchObject(FORBIDDEN);
      expect(await office.read(key.id)).toEqual(before);
      expect(await office.decide('cleo', 'approve', approval.id)).toMatchObject({ status: 'approved' });
      const { expiresAt, ...same } = { expiresAt: UNTIL, ...change };
      const expected = { ...same, expiresAt: new Date(expiresAt).toISOString(), version: before.version + 1 };
      expect(await office.read(key.id)).toMatchObject(expected);
    })(),
  );

  it(
    'that takes something away holds at once',
    staffed(async (office) => {
      const { key } = await office.create({ scopes: ['payouts:write', 'payouts:read'], limits: LIMITS });
      const less = { scopes: ['payouts:write'], limits: { ...LIMITS, maxPerDay: { IDR: '99', PHP: '0', BRL: '1' } } };
      expect(await office.change(key.id, less as Partial<ChangeRequest>)).toMatchObject({ kind: 'changed', key: less });
    }),
  );

  it(
    'holds only for the version of the key that it was asked for, and not if it is rejected or lapses',
    staffed(async (office) => {
      const { key } = await office.create({ limits: LIMITS });
      const ask = async () => waitingOf(await office.change(key.id, { limits: {} }));
      const [overtaken, rejected, lapsed] = [await ask(), await ask(), await ask()];
      await office.change(key.id, { name: 'other' });
      expect(await office.decide('ben', 'approve', overtaken.id)).toMatchObject(INVALID);
      expect(await office.decide('ben', 'reject', rejected.id)).toMatchObject({ status: 'rejected' });
      office.world.clock.jump(3 * DAY_MS);
      await recoverAll(recoverApprovals, office.approving);
      expect(await readApproval(office.approving, lapsed.id)).toMatchObject({ status: 'lapsed' });
      expect(await office.read(key.id)).toMatchObject({ name: 'other', limits: LIMITS, version: 2 });
    }),
  );

  it(
    'cannot take the last scope admin away, even if it is approved',
    staffed(async (office) => {
      const { key } = await office.create({ scopes: ['admin'], limits: LIMITS });
      await office.decide('ben', 'approve', key.awaits);
      const approval = waitingOf(await office.change(key.id, { scopes: ['operations'] }));
      expect(await office.decide('ben', 'approve', approval.id)).toMatchObject(INVALID);
      expect((await office.read(key.id)).scopes).toEqual(['admin']);
    }),
  );
});
