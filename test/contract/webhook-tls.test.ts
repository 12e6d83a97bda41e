import { execFile } from 'node:child_process';
import { setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { Authority, certificate } from '../support/certificates.ts';
import { type HostileServer, write } from '../support/hostile-server.ts';
import { EMPTY, givenWebhookCalls, OK, PATIENT, post, toLoopback } from '../support/webhook-calls.ts';

const SECRET = 'sk_live_of_somebody_else';
const given = givenWebhookCalls();

describe('TLS', () => {
  const client = given.client({ lookup: toLoopback });
  const answered = write(OK + EMPTY);
  let authority: Authority;

  const postTo = (name: string, { port }: HostileServer) => post(client, `https://${name}:${port}/`);

  beforeAll(async () => {
    authority = await Authority.create('Known');
    setDefaultCACertificates([authority.cert]);
  });

  it('sends the name of the host, and accepts a valid certificate for it', async () => {
    const asked: string[] = [];
    const options = await authority.issue('good.example');
    const server = await given.tlsServer(options, (socket) => {
      if ('servername' in socket) asked.push(String(socket.servername));
      answered(socket);
    });
    expect(await postTo('good.example', server)).toMatchObject({ status: 200 });
    expect(asked).toEqual(['good.example']);
  });

  it('refuses certificates that are expired, not valid yet, for another name or from elsewhere', async () => {
    const unknown = await Authority.create('Unknown');
    const forged = await Authority.create('Known');
    const reasons = await Promise.all(
      [
        authority.issue('good.example', -400),
        authority.issue('good.example', 3),
        authority.issue('other.example'),
        certificate('good.example', {}),
        unknown.issue('good.example'),
        forged.issue('good.example'),
      ].map(async (options) => (await postTo('good.example', await given.tlsServer(await options, answered))).error),
    );
    expect(reasons).toEqual([
      'the TLS certificate has expired',
      'the TLS certificate is not valid yet',
      'the TLS certificate is for another name',
      'the TLS certificate is self-signed',
      'the TLS certificate is from an unknown authority',
      'the TLS certificate is not valid',
    ]);
  });

  it.each(['TLSv1', 'TLSv1.1'] as const)('refuses a server that has only %s', async (version) => {
    const options = { ...(await authority.issue('good.example')), ciphers: 'DEFAULT@SECLEVEL=0' };
    const server = await given.tlsServer({ ...options, minVersion: version, maxVersion: version }, answered);
    expect((await postTo('good.example', server)).error).toBe('the endpoint must support TLS 1.2 or newer');
  });

  it('gives a reason when the port has no TLS, or when the handshake does not end', async () => {
    const plain = await given.server(write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect((await postTo('good.example', plain)).error).toBe('the endpoint does not use TLS on this port');
    const silent = await given.server(() => undefined);
    const hasty = given.client({ limits: { ...PATIENT, connectMs: 200 } });
    expect((await post(hasty, `https://localhost:${silent.port}/`)).error).toBe('the connection timed out');
  });
});

describe('a process that sends webhooks', () => {
  it('uses no proxy, keeps verifying TLS, and writes nothing of an answer anywhere', async () => {
    const proxy = await given.server(write(`${OK}${EMPTY}`));
    const answers = [`HTTP/1.1 500 ${SECRET}\r\nx-a: ${SECRET}\r\n\r\n${SECRET}`, `${SECRET}\r\n\r\n`];
    const servers = await Promise.all(answers.map((text) => given.server((socket) => socket.end(text))));
    const tls = await given.tlsServer(await certificate('localhost', {}), write(OK + EMPTY));
    const urls = [...servers.map(({ port }) => `http://127.0.0.1:${port}/`), `https://localhost:${tls.port}/`];
    const script = `
      const { httpEndpointClient } = await import(${JSON.stringify(import.meta.resolve('../../lib/webhooks/http-endpoint-client.ts'))});
      const client = httpEndpointClient({ allowLocal: true, now: Date.now });
      const outcomes = [];
      for (const url of ${JSON.stringify(urls)}) outcomes.push(await client.post({ url, headers: {}, body: '{}' }));
      await client.close();
      console.log(outcomes.map(({ error }) => error).join());`;
    const address = `http://127.0.0.1:${proxy.port}`;
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: {
        ...process.env,
        NODE_USE_ENV_PROXY: '1',
        HTTP_PROXY: address,
        HTTPS_PROXY: address,
        ALL_PROXY: address,
        NO_PROXY: '',
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
        NODE_NO_WARNINGS: '1',
      },
    });
    expect(stdout.trim().split(',')).toEqual([
      'the answer has the status 500',
      'the answer is not valid HTTP',
      'the TLS certificate is self-signed',
    ]);
    expect(stderr).toBe('');
    expect(proxy.connections).toEqual([]);
  });
});
