import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { hashOf } from '../../lib/access/key.ts';
import { keyed, newName } from '../support/provoke.ts';
import { serviceLog } from '../support/service-log.ts';
import { runSluice } from '../support/sluice-command.ts';
import { isStarted, itWhere } from '../support/where.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();

/** A key that was revoked or has ended is refused within this time (docs/access.md). */
const REFUSED_WITHIN_MS = 60_000;
/** The tests run at the same time, because most of them wait. */
const patient = { timeout: REFUSED_WITHIN_MS + (isStarted(service) ? 30_000 : 150_000) };
/** Of a key, and of the overlap of two secrets. Requests that Lambda starts processes for must fit into it. */
const LIFE_SECONDS = isStarted(service) ? 3 : 30;

const PATH = '/batches?limit=1';
const use = (secret: string, path = PATH) => service.get(path, { 'X-API-Key': secret });

async function aKey(overrides: object = {}): Promise<{ id: string; secret: string }> {
  const body = { name: newName('key'), person: 'ana@example.com', scopes: ['payouts:read'], ...overrides };
  const answer = await service.post('/keys', body, keyed());
  expect(answer.status).toBe(201);
  return { id: answer.body.key_id, secret: answer.body.secret };
}

/** Uses a key until it is refused. @returns milliseconds */
async function refusedAfter(secret: string, from = Date.now()): Promise<number> {
  for (;;) {
    const { status } = await use(secret);
    const elapsed = Date.now() - from;
    if (status === 401) return elapsed;
    expect([status, elapsed < REFUSED_WITHIN_MS]).toEqual([200, true]);
    await setTimeout(200);
  }
}

describe.concurrent('a key', patient, () => {
  it('opens the routes of its scopes, and other routes name the scope that is missing', async ({ expect }) => {
    const { secret } = await aKey();
    expect((await use(secret)).status).toBe(200);
    for (const [path, scope] of [
      ['/products/none', 'orders:read'],
      ['/keys', 'admin'],
      ['/audit', 'operations'],
    ] as const) {
      const { status, body } = await use(secret, path);
      expect([status, body.error.code, body.error.details[0].scope]).toEqual([403, 'FORBIDDEN', scope]);
    }
    const self = await use(secret, '/keys/self');
    expect(self.body).toMatchObject({ person: 'ana@example.com', scopes: ['payouts:read'], status: 'active' });
  });

  it('that is revoked is refused within 60 s, and stays so', async ({ expect }) => {
    const { id, secret } = await aKey();
    await use(secret); // both caches have it
    const revoked = await service.post(`/keys/${id}/revoke`);
    expect(revoked.body).toMatchObject({ status: 'revoked', revoked_at: expect.any(String) });
    const elapsed = await refusedAfter(secret);
    expect(elapsed).toBeLessThanOrEqual(REFUSED_WITHIN_MS);
    // Each process of a deployed authorizer has caches of its own.
    if (!isStarted(service)) await setTimeout(REFUSED_WITHIN_MS - elapsed);
    for (let nth = 0; nth < 20; nth += 1) expect((await use(secret)).status).toBe(401);
  });

  it('that has expired is refused within 60 s', async ({ expect }) => {
    const end = Date.now() + LIFE_SECONDS * 1_000;
    const { secret } = await aKey({ expires_at: new Date(end).toISOString() });
    expect((await use(secret)).status).toBe(200);
    expect(await refusedAfter(secret, end)).toBeLessThanOrEqual(REFUSED_WITHIN_MS);
  });

  it('that is rotated has two secrets during the overlap, and then only the new one', async ({ expect }) => {
    const { id, secret } = await aKey();
    const { body } = await service.post(`/keys/${id}/rotate`, { overlap_seconds: LIFE_SECONDS }, keyed());
    const end = Date.parse(body.old_secrets_until);
    expect((await use(secret)).status).toBe(200);
    expect((await use(body.secret)).status).toBe(200);
    expect(await refusedAfter(secret, end)).toBeLessThanOrEqual(REFUSED_WITHIN_MS);
    expect((await use(body.secret)).status).toBe(200);
    expect((await service.get(`/keys/${id}`)).body.old_secrets_until).toBeNull();
  });

  it('has a prefix that secret scanners know; another prefix is another key', async ({ expect }) => {
    const { secret } = await aKey();
    expect(secret).toMatch(/^sk_test_[\w-]{49}$/);
    expect((await use(secret.replace('sk_test_', 'sk_live_'))).status).toBe(401);
  });

  it('shows when it was used last', async ({ expect }) => {
    const { id, secret } = await aKey();
    expect((await service.get(`/keys/${id}`)).body.last_used_at).toBeNull();
    const before = Date.now();
    await use(secret);
    const { body } = await service.get(`/keys/${id}`);
    expect(Date.parse(body.last_used_at)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(body.last_used_at)).toBeLessThanOrEqual(Date.now());
  });

  it('returns its secret once: a repeated request returns the key without it', async ({ expect }) => {
    const [body, header] = [{ name: newName('key'), person: 'ben', scopes: ['admin'] }, keyed()];
    const [first, again] = [await service.post('/keys', body, header), await service.post('/keys', body, header)];
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    const { secret, ...key } = first.body;
    expect(again.body).toEqual(key);
    expect(secret).toEqual(expect.any(String));
  });

  it('leaves its secret in no file, and no hash in answers, logs and events', async ({ expect }) => {
    const begun = Date.now();
    const { id, secret } = await aKey();
    const rotated = await service.post(`/keys/${id}/rotate`, {}, keyed());
    const secrets = [secret, rotated.body.secret];
    for (const each of secrets) expect((await use(each)).status).toBe(200);
    await service.post(`/keys/${id}/revoke`);
    const { body } = await service.get(`/audit?subject=${id}`);
    expect(body.events.map(({ type }: { type: string }) => type)).toEqual([
      'key.created',
      'key.rotated',
      'key.revoked',
    ]);
    const local = (await service.get('/keys/self')).body;
    for (const event of body.events) {
      expect(event).toMatchObject({
        source: '/sluice/access',
        principalid: local.key_id,
        principalname: local.name,
        data: { key_id: id, person: 'ana@example.com' },
      });
    }
    const answers = [body, (await service.get(`/keys/${id}`)).body, (await service.get('/keys?limit=500')).body];
    await expect.poll(() => serviceLog(service, begun)).toContain(id);
    const log = await serviceLog(service, begun);
    for (const each of secrets) {
      expect(filesWith(each)).toEqual([]);
      for (const shown of [JSON.stringify(answers), log]) expect(shown).not.toContain(hashOf(each));
    }
  });

  it('is made, listed and revoked with the command', async ({ expect }) => {
    const name = newName('cli');
    const options = ['--name', name, '--person', 'Cleo@Example.com', '--scopes', 'payouts:read,payouts:write'];
    const limits = ['--expires', '90d', '--max-per-day', 'IDR=5000000000', '--rate', '50', '--burst', '100'];
    const made = await sluice('keys', 'create', ...options, ...limits);
    const [secret = ''] = /sk_test_[\w-]+/.exec(made.stdout) ?? [];
    const [id = ''] = /key_[0-9a-f]{32}/.exec(made.stdout) ?? [];
    const self = await sluiceAs(secret, 'keys', 'self', '--json');
    expect(JSON.parse(self.stdout)).toMatchObject({
      ...{ key_id: id, name, person: 'cleo@example.com', scopes: ['payouts:read', 'payouts:write'] },
      limits: { requests_per_second: 50, burst: 100, max_per_day: { IDR: 5_000_000_000 } },
    });
    expect((await sluice('keys', 'list')).stdout).toMatch(new RegExp(`^${id} +active +${name} `, 'm'));
    // Without a higher limit: that waits for an approval if there was an approver.
    const lower = ['--max-per-day', 'IDR=4000000000', '--rate', '50', '--burst', '7'];
    const changed = await sluice('keys', 'change', id, '--no-limits', ...lower, '--json');
    const { limits: now, ...key } = JSON.parse(changed.stdout);
    expect(key).toMatchObject({ name, expires_at: expect.any(String) });
    expect(now).toEqual({ requests_per_second: 50, burst: 7, max_per_day: { IDR: 4_000_000_000 } });
    const rotated = await sluice('keys', 'rotate', id, '--overlap', '0s', '--json');
    expect(JSON.parse(rotated.stdout)).toMatchObject({ secret: expect.any(String), old_secrets_until: null });
    expect(await sluice('keys', 'revoke', id)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('is revoked'),
    });
  });

  itWhere(
    !process.env.SLUICE_RUNNING,
    'the flows have had an approver, who would have to approve it',
    'loses its limits with the command',
    async ({ expect }) => {
      const { id } = await aKey({ limits: { requests_per_second: 50, max_per_day: { IDR: 5_000_000_000 } } });
      const changed = await sluice('keys', 'change', id, '--no-limits', '--json');
      expect(JSON.parse(changed.stdout).limits).toEqual({});
    },
  );

  it('that the command cannot use ends it with an exit code and a sentence', async ({ expect }) => {
    const { secret } = await aKey();
    const options = ['--name', 'x', '--person', 'y', '--scopes', 'admin'];
    const refused = await sluiceAs(secret, 'keys', 'create', ...options);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('This key lacks the scope admin.') });
    const unknown = await sluice(
      'keys',
      'create',
      '--name',
      'x',
      '--person',
      'y',
      '--scopes',
      'all',
      '--max-per-day',
      'ZZZ=5',
    );
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining('limits.max_per_day.ZZZ') });
    const wrong = await sluice('keys', 'create', '--name', 'x', '--person', 'y', '--scopes', 'payout');
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('Unknown: payout.') });
    const second = await sluice('keys', 'bootstrap', '--stage', 'local', '--person', 'eve');
    expect(second).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is a key with the scope admin: key_'),
    });
    expect((await sluice('--help')).code).toBe(0);
  });
});

const sluice = (...args: string[]) => sluiceAs('', ...args);
const sluiceAs = (secret: string, ...args: string[]) => runSluice(service, args, { env: { SLUICE_API_KEY: secret } });

function filesWith(text: string): string[] {
  const all = readdirSync(service.dataDir, { recursive: true, encoding: 'utf8' });
  const files = all.map((name) => join(service.dataDir, name)).filter((path) => statSync(path).isFile());
  expect(files.length).toBeGreaterThan(3);
  return files.filter((path) => readFileSync(path).includes(text));
}
