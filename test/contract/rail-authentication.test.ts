import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { logger } from '../../lib/edge/log.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import { SECRET_CACHED_MS, SECRET_REREAD_MS } from '../../lib/rail/authentication.ts';
import { NO_CIRCUIT } from '../../lib/rail/circuit.ts';
import { HttpRail } from '../../lib/rail/http.ts';
import { type RailRequest, signatureHeaders } from '../../lib/rail/sign-request.ts';
import { Authority } from '../support/certificates.ts';
import { ScriptedServer } from '../support/http-server.ts';
import { logLines } from '../support/log-lines.ts';
import { eventually, givenABank } from './bank-caller.ts';

const keyOf = (letter: string) => Buffer.from(letter.repeat(32)).toString('base64');
const hmac = (letter: string) => ({ hmac: { key_id: `key-${letter}`, secret: keyOf(letter) } });
const token = (letter: string) => ({ bearer: `token-${letter}` });
const yes = async () => true;
const DEADLINE_MS = 10_000;

/** A secret that the test changes, and a clock that it moves. */
class Vault {
  reads = 0;
  at = Date.now();
  secret: unknown;
  readonly #before: () => Promise<void>;

  constructor(secret: unknown, before = async () => {}) {
    this.secret = secret;
    this.#before = before;
  }

  rail(url: string): HttpRail {
    const read = async () => {
      this.reads += 1;
      await this.#before();
      if (this.secret instanceof Error) throw this.secret;
      return typeof this.secret === 'string' ? this.secret : JSON.stringify(this.secret);
    };
    return new HttpRail({
      ...{ url, resource: 'transfers', deadlineMs: DEADLINE_MS, maxInFlight: 10 },
      circuit: NO_CIRCUIT,
      authentication: { rail: 'bank', secret: { name: 'prod/bank', read }, now: () => this.at, log: logger },
    });
  }
}

const pay = (rail: HttpRail, reference: string) =>
  rail.send(
    {
      ...{ reference, instruction: reference },
      money: { minor: 150_050n, currency: 'IDR' as Currency },
      destination: { bank_account: '0012345678', bank_name: 'BCA' },
    },
    yes,
  );

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

describe('a secret', () => {
  it('is read once by many calls, and again after a minute', async () => {
    const bank = await givenABank({ accepts: [token('a'), token('b')] });
    const vault = new Vault(token('a'));
    const rail = vault.rail(bank.url);
    await Promise.all(Array.from({ length: 30 }, (_, index) => pay(rail, `p${index}.1`)));
    expect(vault.reads).toBe(1);
    vault.secret = token('b');
    vault.at += SECRET_CACHED_MS - 1;
    await pay(rail, 'q1.1');
    expect(vault.reads).toBe(1);
    vault.at += 1;
    await bank.behave({ accepts: [token('b')] });
    expect(await pay(rail, 'q2.1')).toMatchObject({ kind: 'paid' });
    expect(vault.reads).toBe(2);
  });

  it('that changed is used by the next call after a 401, and read at most each five seconds', async () => {
    const bank = await givenABank({ accepts: [token('a')] });
    const vault = new Vault(token('a'));
    const rail = vault.rail(bank.url);
    await pay(rail, 'p1.1');
    vault.at += SECRET_REREAD_MS;
    await bank.behave({ accepts: [token('b')] });
    vault.secret = token('b');
    expect(await pay(rail, 'p2.1')).toMatchObject({ cause: 'unauthorized' });
    expect(await rail.lookUp('p2.1')).toEqual({ kind: 'not_found' });
    expect(await pay(rail, 'p2.1')).toMatchObject({ kind: 'paid' });
    expect(vault.reads).toBe(2);

    await bank.behave({ accepts: [token('c')] });
    for (let call = 0; call < 20; call += 1) await pay(rail, `q${call}.1`);
    expect(vault.reads).toBe(2);
    vault.at += SECRET_REREAD_MS;
    for (let call = 0; call < 20; call += 1) await pay(rail, `r${call}.1`);
    expect(vault.reads).toBe(3);
  });

  it.each([
    ['cannot be read', new Error('throttled'), 'RAIL_SECRET_UNREADABLE'],
    ['is not valid', { bearer: 'has spaces' }, 'RAIL_SECRET_INVALID'],
  ])('that %s later does not stop calls: the last value stays', async (_, broken, code) => {
    const lines = logLines();
    const bank = await givenABank({ accepts: [token('a')] });
    const vault = new Vault(token('a'));
    const rail = vault.rail(bank.url);
    await pay(rail, 'p1.1');
    vault.secret = broken;
    vault.at += SECRET_CACHED_MS;
    for (const reference of ['p2.1', 'p3.1']) expect(await pay(rail, reference)).toMatchObject({ kind: 'paid' });
    expect(vault.reads).toBe(2);
    expect(lines.all).toEqual([expect.objectContaining({ level: 'error', code, rail: 'bank', secret: 'prod/bank' })]);
  });

  it('that was never valid: nothing goes out, before permission is asked, until it is', async () => {
    const lines = logLines();
    const bank = await givenABank();
    const vault = new Vault('{"bearer": "tok');
    const rail = vault.rail(bank.url);
    let permits = 0;
    const instruction = { reference: 'p1.1', instruction: 'p1', destination: {} };
    const money = { minor: 1n, currency: 'IDR' as Currency };
    const sent = await rail.send({ ...instruction, money }, async () => ++permits > 0);
    expect([sent, permits]).toEqual([{ kind: 'unsent', cause: 'no_credentials' }, 0]);
    expect(await rail.lookUp('p1.1')).toEqual({ kind: 'no_answer' });
    expect(await rail.isHealthy()).toBe(false);
    expect((await bank.request('GET', '/audit')).body).toMatchObject({ arrivals: 0 });
    expect(lines.all).toEqual([expect.objectContaining({ code: 'RAIL_SECRET_INVALID' })]);
    vault.secret = { bearer: 'token-a' };
    vault.at += SECRET_REREAD_MS;
    expect(await pay(rail, 'p1.1')).toMatchObject({ kind: 'paid' });
  });

  it('is read before permission is asked, and the request is signed after it: a wait does not age the signature', async () => {
    const order: string[] = [];
    const bank = await givenABank({ accepts: [hmac('a')] });
    const vault = new Vault(hmac('a'), async () => void order.push('read'));
    vault.at -= 600_000;
    const sent = await vault
      .rail(bank.url)
      .send(
        { reference: 'p1.1', instruction: 'p1', money: { minor: 1n, currency: 'IDR' as Currency }, destination: {} },
        async () => {
          order.push('asked');
          vault.at += 600_000;
          return true;
        },
      );
    expect([sent.kind, order]).toEqual(['paid', ['read', 'asked']]);
  });

  it('is in no log line, whatever happens to it', async () => {
    const lines = logLines();
    const secrets = ['hush-token', 'hush-password', keyOf('h'), 'hush-value'];
    const [token = '', password = '', key = '', value = ''] = secrets;
    const bank = await givenABank({ accepts: [hmac('z')] });
    const vault = new Vault(undefined);
    for (const secret of [
      `{"bearer": "${token}"`,
      { bearer: `${token} with a space` },
      { bearer: token, basic: { username: 'u', password } },
      { hmac: { key_id: 'k', secret: key, other: token } },
      { hmac: { key_id: 'k', secret: `${key}!` } },
      { tls: { cert: value, key: value } },
      { header: { name: 'Authorization', value } },
      { ...hmac('h'), bearer: token },
      { basic: { username: 'u', password } },
    ]) {
      vault.secret = secret;
      vault.at += SECRET_CACHED_MS;
      const rail = vault.rail(bank.url);
      await pay(rail, 'p1.1');
      await rail.lookUp('p1.1');
      await rail.isHealthy();
    }
    expect(lines.all.map(({ code }) => code)).toEqual([
      ...Array(7).fill('RAIL_SECRET_INVALID'),
      ...Array(2).fill('RAIL_CREDENTIALS_REFUSED'),
    ]);
    for (const secret of secrets) expect(lines.text()).not.toContain(secret);
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
