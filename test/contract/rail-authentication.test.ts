import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SECRET_CACHED_MS } from '../../lib/rail/authentication.ts';
import { type RailRequest, signatureHeaders } from '../../lib/rail/sign-request.ts';
import { Authority } from '../support/certificates.ts';
import { ScriptedServer } from '../support/http-server.ts';
import { logLines } from '../support/log-lines.ts';
import { hmac, keyOf, pay, Vault } from '../support/rail-secret.ts';
import { eventually, givenABank } from './bank-caller.ts';

describe('a bank that demands credentials', () => {
  it.each([
    ['a signature', hmac('a')],
    ['a bearer token', { bearer: 'token-a' }],
    ['a user and a password', { basic: { username: 'sluice', password: 'ümlaut:and colon' } }],
    ['a header', { header: { name: 'X-API-Key', value: 'value-a' } }],
    ['a signature and a token', { ...hmac('a'), bearer: 'token-a' }],
  ])('gets %s with each instruction and each look-up', async (_, credentials) => {
    const bank = await givenABank({ accepts: [credentials] });
    const rail = new Vault(credentials).rail(bank.url);
    expect(await pay(rail, 'p1.1')).toMatchObject({ kind: 'paid' });
    expect(await rail.lookUp('p1.1')).toMatchObject({ kind: 'paid' });
    expect(await rail.lookUp('a/b ?#.1')).toEqual({ kind: 'not_found' });
    expect((await bank.pay('p2.1')).status).toBe(401);
    expect((await bank.request('GET', '/transfers/p1.1')).status).toBe(401);
    expect(JSON.stringify((await bank.request('GET', '/mode')).body)).not.toMatch(/accepts|token|value-a|YWFh/);
  });

  it.each([
    ['another key', { hmac: { ...hmac('a').hmac, secret: keyOf('b') } }],
    ['another key id', { hmac: { ...hmac('a').hmac, key_id: 'key-b' } }],
    ['no signature', { bearer: 'token-a' }],
  ])('refuses %s; the outcome of a send is unknown', async (_, credentials) => {
    const lines = logLines();
    const bank = await givenABank({ accepts: [hmac('a')] });
    const rail = new Vault(credentials).rail(bank.url);
    expect(await pay(rail, 'p1.1')).toEqual({ kind: 'unanswered', cause: 'unauthorized' });
    expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
    expect((await bank.request('GET', '/audit')).body).toMatchObject({ arrivals: 0 });
    const refused = {
      level: 'error',
      code: 'RAIL_CREDENTIALS_REFUSED',
      rail: 'bank',
      secret: 'prod/bank',
      status: 401,
    };
    expect(lines.all).toEqual([expect.objectContaining(refused)]);
  });

  it('refuses a signature that is too old, or of another body, method, path or host', async () => {
    const bank = await givenABank({ accepts: [hmac('a')] });
    const late = new Vault(hmac('a'));
    late.at -= 306_000;
    expect(await pay(late.rail(bank.url), 'p1.1')).toMatchObject({ cause: 'unauthorized' });

    const body = JSON.stringify({
      ...{ reference: 'p1.1', instruction: 'p1', amount_minor: '1', currency: 'IDR', destination: {} },
    });
    const signed = (base: string, changes: Partial<RailRequest> = {}) => {
      const url = new URL(`${base}/transfers`);
      return signatureHeaders(hmac('a').hmac, { method: 'POST', url, body, ...changes }, Date.now());
    };
    const post = async (path: string, headers: Record<string, string>, sent = body) =>
      (await fetch(`${bank.url}${path}`, { method: 'POST', headers, body: sent })).status;
    expect(await post('/transfers', signed(bank.url), body.replace('"1"', '"2"'))).toBe(401);
    expect(await post('/charges', signed(bank.url))).toBe(401);
    expect(await post('/transfers', signed(bank.url, { method: 'GET' }))).toBe(401);
    expect(await post('/transfers', signed('http://other.example'))).toBe(401);
    const { 'content-digest': digest = '', ...unsigned } = signed(bank.url, { body: undefined });
    expect(digest).toBe('');
    expect(await post('/transfers', { ...unsigned, 'content-digest': `${signed(bank.url)['content-digest']}` })).toBe(
      401,
    );
    expect(await post('/transfers', signed(bank.url))).toBe(201);
  });

  it('at a base URL with a path: the whole path is called and signed', async () => {
    const server = await ScriptedServer.answering({
      status: 201,
      body: { reference: 'p1.1', status: 'completed', bank_id: 'BANK-1' },
    });
    onTestFinished(() => server.close());
    const rail = new Vault(hmac('a')).rail(`${server.url}/v2/payments/`);
    expect(await pay(rail, 'p1.1')).toMatchObject({ kind: 'paid' });
    expect(server.received[0]?.url).toBe('/v2/payments/transfers');
  });
});

describe('mutual TLS', () => {
  let authority: Authority;
  beforeAll(async () => {
    authority = await Authority.create('Rails');
  });

  /** Answers with the name in the certificate of the client. */
  async function givenATlsRail(clients: Authority, answered: (name: string) => Promise<void> = async () => {}) {
    const { key, cert } = await authority.issue('localhost');
    const options = { key, cert, ca: clients.cert, requestCert: true, rejectUnauthorized: true };
    const server: Server = createServer(options, async (request, response) => {
      const name = (request.socket as TLSSocket).getPeerCertificate().subject.CN;
      await answered(`${name}`);
      const reference = decodeURIComponent(`${request.url}`.split('/').at(-1) ?? '');
      response.end(JSON.stringify({ reference, status: 'completed', bank_id: name }));
    });
    await new Promise<void>((resolve) => server.listen(0, resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  }
  const tlsOf = async (clients: Authority, name: string) => ({
    tls: { ...(await clients.issue(name)), ca: authority.cert },
  });

  it('shows the certificate, trusts the authority of the secret only, and signs too', async () => {
    const clients = await Authority.create('Clients');
    const url = await givenATlsRail(clients);
    const { tls } = await tlsOf(clients, 'one');
    expect(await new Vault({ tls, ...hmac('a') }).rail(url).lookUp('p1.1')).toEqual({ kind: 'paid', bankId: 'one' });
    for (const wrong of [
      hmac('a'),
      { tls: { ca: authority.cert } },
      { tls: { cert: tls.cert, key: tls.key } },
      await tlsOf(await Authority.create('Others'), 'one'),
    ])
      expect(await new Vault(wrong).rail(url).lookUp('p1.1')).toEqual({ kind: 'no_answer' });
  });

  it('uses a new certificate for new calls, while calls under way end with the old one', async () => {
    const clients = await Authority.create('Clients');
    const waiting: (() => void)[] = [];
    const url = await givenATlsRail(clients, (name) =>
      name === 'old' ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(),
    );
    const vault = new Vault(await tlsOf(clients, 'old'));
    const rail = vault.rail(url);
    const underWay = rail.lookUp('p1.1');
    await eventually(async () => waiting.length === 1);
    vault.secret = await tlsOf(clients, 'new');
    vault.at += SECRET_CACHED_MS;
    expect(await rail.lookUp('p2.1')).toEqual({ kind: 'paid', bankId: 'new' });
    for (const answer of waiting) answer();
    expect(await underWay).toEqual({ kind: 'paid', bankId: 'old' });
  });

  it('refuses a key that is not of the certificate, and text that is no PEM, by field', async () => {
    const lines = logLines();
    const [one, other] = [await authority.issue('one'), await authority.issue('other')];
    const vault = new Vault(undefined);
    const problems: unknown[] = [];
    for (const tls of [
      { cert: one.cert, key: other.key },
      { cert: 'x', key: one.key },
      { cert: one.cert, key: 'x' },
      { cert: one.cert },
      { ca: 'x' },
      {},
    ]) {
      lines.forget();
      vault.secret = { tls };
      await vault.rail('https://localhost:9').lookUp('p1.1');
      problems.push(lines.text().match(/The secret prod\/bank is not valid: tls\.([^"]*)"/)?.[1]);
    }
    expect(problems).toEqual([
      'key is not the key of cert.',
      'cert must be a certificate in PEM form.',
      'key must be a private key in PEM form, without a passphrase.',
      'key is missing.',
      'ca must be certificates in PEM form.',
      'cert is missing.',
    ]);
  });
});
