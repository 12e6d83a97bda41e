import { setTimeout } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { keyed, newName } from '../support/provoke.ts';
import { isStarted, itWhere } from '../support/where.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();

/** The stage `local` is deployed without the console: see docs/localstack.md, what an emulator does otherwise. */
const itAtTheEdge = (name: string, test: () => Promise<void>, timeout?: number) =>
  itWhere(isStarted(service), 'no CloudFront is in front of the API', name, test, timeout);

/** As a browser sends it: with the cookie, without a key. */
async function ask(method: string, path: string, cookie: string, headers: Record<string, string> = {}) {
  const answer = await fetch(`${service.endpoints.api}${path}`, {
    method,
    headers: { Cookie: `other=1; ${cookie}`, 'Content-Type': 'application/json', ...headers },
    redirect: 'manual',
    ...(method === 'POST' ? { body: '{}' } : {}),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, code: /"code":"(\w+)"/.exec(text)?.[1] };
}

async function signIn(secret = service.endpoints.apiKey): Promise<string> {
  const { status, headers } = await service.post('/session', undefined, { 'X-API-Key': secret });
  const set = headers.get('set-cookie') ?? '';
  expect(status).toBe(201);
  for (const attribute of ['HttpOnly', 'Secure', 'SameSite=Strict', 'Path=/']) expect(set).toContain(attribute);
  return `${set.split(';')[0]}`;
}

describe('the session of the console', () => {
  itAtTheEdge('reads what its key may read', async () => {
    const cookie = await signIn();
    expect((await ask('GET', '/batches?limit=1', cookie)).status).toBe(200);
    expect((await ask('GET', '/batches?limit=1', 'sluice_session=ses_unknown')).status).toBe(401);
    expect((await ask('GET', '/batches?limit=1', '')).status).toBe(401);
  });

  itAtTheEdge('changes something only from the origin of the console, with its header', async () => {
    const cookie = await signIn();
    const Origin = service.endpoints.api;
    const mark = { 'X-Sluice-Console': '1' };
    expect((await ask('POST', '/batches', cookie, { Origin, ...mark })).code).toBe('VALIDATION_ERROR');
    for (const headers of [
      {},
      mark,
      { Origin },
      { Origin: 'http://evil.example', ...mark },
      { Origin: `${Origin}.evil.example`, ...mark },
      { Origin: 'null', ...mark },
    ]) {
      const refused = await ask('POST', '/batches', cookie, headers as Record<string, string>);
      expect([refused.status, refused.code]).toEqual([403, 'FORBIDDEN']);
    }
  });

  itAtTheEdge('is not read where a request has a key', async () => {
    const { body } = await service.post(
      '/keys',
      { name: newName('key'), person: 'ana@example.com', scopes: ['orders:read'] },
      keyed(),
    );
    const cookie = await signIn();
    expect((await ask('GET', '/batches?limit=1', cookie, { 'X-API-Key': body.secret })).status).toBe(403);
  });

  itAtTheEdge(
    'ends for good when it is closed',
    async () => {
      const cookie = await signIn();
      const own = { Origin: service.endpoints.api, 'X-Sluice-Console': '1' };
      const closed = await ask('DELETE', '/session', cookie, own);
      expect([closed.status, closed.headers.get('set-cookie')]).toEqual([204, expect.stringContaining('Max-Age=0')]);
      // The authorizer may have it in its caches for less than 60 s.
      const deadline = Date.now() + 60_000;
      while ((await ask('GET', '/session', cookie)).status !== 401) {
        expect(Date.now()).toBeLessThan(deadline);
        await setTimeout(200);
      }
    },
    70_000,
  );
});

describe('the files of the console', () => {
  itAtTheEdge('are a page for every screen, and each answer has the security headers', async () => {
    const pages = await Promise.all(
      ['/console/', '/console/payouts/b-1.0001.000001', '/console/index.html'].map((path) => ask('GET', path, '')),
    );
    expect(new Set(pages.map(({ text }) => text))).toEqual(new Set([pages[0]?.text]));
    for (const { headers } of pages) {
      expect(headers.get('content-security-policy')).toContain("default-src 'none'; script-src 'self'");
      expect(headers.get('x-content-type-options')).toBe('nosniff');
    }
    for (const path of ['/', '/console']) {
      const { status, headers } = await ask('GET', path, '');
      expect([status, headers.get('location')]).toEqual([302, '/console/']);
    }
  });

  itAtTheEdge('are only those of the build', async () => {
    for (const path of [
      '/console/assets/none.js',
      '/console/assets/%2e%2e/%2e%2e/headers.json',
      '/console/assets/..%2f..%2fheaders.json',
      '/console/assets/%2e%2e%2f%2e%2e%2f%2e%2e%2fpackage.json',
    ]) {
      const { text } = await ask('GET', path, '');
      expect(text, path).not.toMatch(/"content-security-policy"|"sluice"/);
    }
  });
});
