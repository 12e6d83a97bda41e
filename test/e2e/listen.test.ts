import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { unwrap, type WebhookEvent } from '../../client/index.ts';
import { freePort } from '../../localstack/embedded/ports.ts';
import { ScriptedServer } from '../support/http-server.ts';
import { runSluice } from '../support/sluice-command.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();
const MAIN = join(import.meta.dirname, '../../cli/main.ts');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const until = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 20_000 });

const open: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of open.splice(0)) await close();
});

class Listening {
  readonly #child: ChildProcess;
  output = '';
  errors = '';

  constructor(args: readonly string[], env: Record<string, string> = {}) {
    const all = { ...process.env, SLUICE_DATA_DIR: service.dataDir, SLUICE_WEBHOOK_SECRET: SECRET, ...env };
    this.#child = spawn(process.execPath, [MAIN, ...args], { env: all, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (text) => {
      this.output += text;
    });
    this.#child.stderr?.on('data', (text) => {
      this.errors += text;
    });
    open.push(() => this.#stop());
  }

  async #stop(): Promise<void> {
    this.#child.kill('SIGINT');
    await once(this.#child, 'exit');
  }

  /** It forwards what happens from now on. */
  async begun(): Promise<this> {
    await until(async () => expect(this.errors).toContain('Forwarding'));
    return this;
  }
}

async function aReceiver(...replies: Parameters<typeof ScriptedServer.answering>): Promise<ScriptedServer> {
  const receiver = await ScriptedServer.answering(...replies);
  open.push(() => receiver.close());
  return receiver;
}

/** The events that it received, each verified. */
const events = (receiver: ScriptedServer, secret = SECRET): Promise<WebhookEvent[]> =>
  Promise.all(receiver.received.map(({ body, headers }) => unwrap(body, headers, secret)));
const subjects = async (receiver: ScriptedServer) => (await events(receiver)).map(({ subject }) => subject);

const openWallet = (user: string) => service.post('/wallets', { user_id: user, currency: 'IDR' });

describe.concurrent('sluice listen', () => {
  it('forwards new events of the wanted types, signed, and prints a line for each; one can be sent again', async () => {
    await openWallet('listen-before');
    const receiver = await aReceiver({ status: 204 });
    const listening = new Listening([
      'listen',
      '--forward-to',
      receiver.url,
      '--events',
      'wallet.*',
      'provider.created',
    ]);
    await listening.begun();
    await service.post('/products', { id: 'listen-product', name: 'Poster', stock: 1, price_cents: 5 });
    await openWallet('listen-ana');
    await service.post('/providers', { provider_id: 'listen-power', name: 'Power' });
    const isOurs = (subject: string) => subject.startsWith('listen-');
    await until(async () => expect((await subjects(receiver)).filter(isOurs)).toEqual(['listen-ana', 'listen-power']));
    await until(async () =>
      expect(listening.output).toMatch(/^\d{4}-\S+Z wallet\.opened listen-ana 204 \d+ ms wallet\.opened:\S+$/m),
    );
    expect(listening.errors).toContain(`The secret of these webhooks is ${SECRET}`);

    const index = (await subjects(receiver)).indexOf('listen-ana');
    const { id } = (await events(receiver))[index] as WebhookEvent;
    const again = await runSluice(service, ['listen', '--forward-to', receiver.url, '--replay', id, '--json']);
    expect(again).toMatchObject({ code: 0 });
    expect(JSON.parse(again.stdout)).toMatchObject({ event_id: id, subject: 'listen-ana', status: 204 });
    const [secret = ''] = /whsec_\S+/.exec(again.stderr) ?? [];
    // Events of other tests may come before and after it.
    const idOf = ({ headers }: { headers: Record<string, unknown> } = { headers: {} }) => headers['webhook-id'];
    const same = receiver.received.filter((each) => idOf(each) === idOf(receiver.received[index]));
    expect(same).toHaveLength(2);
    const [, repeated] = same;
    expect(await unwrap(`${repeated?.body}`, repeated?.headers ?? {}, secret)).toMatchObject({ id });
  });

  it('waits for a receiver that is down, and for a service that is away; nothing is lost, and nothing is sent twice', async () => {
    const port = await freePort();
    const network = await Network.to(service.endpoints.api);
    const args = ['--url', network.url, 'listen', '--forward-to', `http://127.0.0.1:${port}`, '--events', 'wallet.*'];
    const listening = new Listening(args, { SLUICE_API_KEY: service.endpoints.apiKey });
    await listening.begun();
    await openWallet('down-1');
    await until(async () => expect(listening.errors).toContain('Waiting for it'));
    await openWallet('down-2');
    const receiver = await aReceiver({ status: 204 }, { status: 500 }, { status: 204 });
    await Network.to(receiver.url, port);
    await until(async () => expect(await subjects(receiver)).toEqual(expect.arrayContaining(['down-1', 'down-2'])));

    network.isDown = true;
    await until(async () => expect(listening.errors).toContain('The service does not answer'));
    await openWallet('away-1');
    network.isDown = false;
    await until(async () => expect(await subjects(receiver)).toContain('away-1'));
    expect(listening.errors).toContain('The service answers again');
    await setTimeout(1_200); // two reads more
    const received = (await subjects(receiver)).filter((subject) => /^(down|away)-/.test(subject));
    expect(received).toEqual(['down-1', 'down-2', 'away-1']);
    expect(listening.output).toMatch(/ 500 \d+ ms /);
  });

  it.each([
    ['a type that no event has', 2, ['--forward-to', 'http://localhost:1', '--events', 'payout.paid'], 'payout.paid'],
    ['a receiver without an address', 2, ['--forward-to', 'localhost:8080'], '--forward-to is not a URL'],
    ['a time that is none', 2, ['--forward-to', 'http://localhost:1', '--since', 'today'], '--since is not a time'],
    [
      'an event that is not there',
      1,
      ['--forward-to', 'http://localhost:1', '--replay', 'none'],
      'There is no event none',
    ],
  ])('ends for %s', async (_, code, args, message) => {
    const ran = await runSluice(service, ['listen', ...args]);
    expect(ran).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(message) });
  });
});

/** A network in front of a server, which can be down. */
class Network {
  isDown = false;
  readonly #server: Server;

  private constructor(target: string) {
    this.#server = createServer(async (request, response) => {
      if (this.isDown) return void request.socket.destroy();
      const { method = '', headers } = request;
      const given = Object.fromEntries(
        ['x-api-key', 'content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature'].flatMap((name) =>
          headers[name] ? [[name, `${headers[name]}`]] : [],
        ),
      );
      const body = method === 'GET' ? null : await buffer(request);
      const answer = await fetch(`${target}${request.url}`, { method, headers: given, body });
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? 'text/plain' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    });
  }

  static async to(target: string, port = 0): Promise<Network> {
    const network = new Network(target);
    network.#server.listen(port, '127.0.0.1');
    await once(network.#server, 'listening');
    open.push(() => {
      network.#server.closeAllConnections();
      network.#server.close();
    });
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
}
