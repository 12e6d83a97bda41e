import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signedHeaders } from '../../lib/kernel/signature.ts';
import { virtualEnvironment } from '../../scripts/python.ts';
import { type Received, ScriptedServer } from '../support/http-server.ts';
import { type Message, Receiver, runProgram } from '../support/receivers.ts';
import { itWhere } from '../support/where.ts';
import { sharedService } from './shared-service.ts';

/*
 * The examples of docs/webhooks.md verify what the service sends, and refuse a changed body and an old timestamp.
 */

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/webhooks.md'), 'utf8');
const examples = (language: string) =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``, 'g'))].map(([, code = '']) => code);
const [withClient = '', withPackage = ''] = examples('ts');
const [python = ''] = examples('python');
const [go = ''] = examples('go');
const [verifyScript = '', sendScript = ''] = examples('bash');

const folder = mkdtempSync(join(tmpdir(), 'sluice-examples-'));
const write = (name: string, content: string) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
const has = (...command: [string, ...string[]]) =>
  spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status === 0;
const commands = await virtualEnvironment(join(root, '.python'), join(root, 'test/fixtures/requirements.txt'));
const missing = (name: string) => `there is no ${name} on this machine`;

const service = sharedService();
let path: string;
let secret: string;
let sent: Message;

beforeAll(async () => {
  const receiver = await ScriptedServer.answering({ status: 204 });
  const wanted = { url: receiver.url, event_types: ['webhook_endpoint.test'] };
  const { body } = await service.post('/webhook-endpoints', wanted, { 'Idempotency-Key': 'examples' });
  path = `/webhook-endpoints/${body.endpoint_id}`;
  secret = body.secret;
  await service.post(`${path}/test`);
  await vi.waitFor(() => expect(receiver.received).toHaveLength(1), { timeout: 20_000 });
  const [{ headers, body: text } = {} as Received] = receiver.received;
  const names = ['content-type', 'webhook-id', 'webhook-timestamp', 'webhook-signature'];
  sent = { headers: Object.fromEntries(names.map((name) => [name, `${headers[name]}`])), body: text };
  await receiver.close();
  linkPackages();
});
afterAll(async () => {
  await service.request('DELETE', path, undefined, {});
  rmSync(folder, { recursive: true, force: true });
});

/** The packages that the examples in TypeScript import. */
function linkPackages(): void {
  const client = join(folder, 'node_modules/@sluice/client');
  mkdirSync(client, { recursive: true });
  writeFileSync(join(client, 'package.json'), JSON.stringify({ type: 'module', exports: './index.js' }));
  writeFileSync(join(client, 'index.js'), `export * from ${JSON.stringify(join(root, 'client/index.ts'))};`);
  symlinkSync(join(root, 'node_modules/standardwebhooks'), join(folder, 'node_modules/standardwebhooks'));
  write('package.json', JSON.stringify({ type: 'module' }));
}

/** It accepts what the service has sent, and nothing that differs. */
async function expectVerifies(accepts: (message: Message) => Promise<boolean>): Promise<void> {
  const { headers, body } = sent;
  const id = headers['webhook-id'] ?? '';
  const old = signedHeaders([secret], { id, now: Date.now() - 301_000, body });
  const others = signedHeaders([`whsec_${Buffer.alloc(32).toString('base64')}`], { id, now: Date.now(), body });
  const rotated = `${others['webhook-signature']} ${headers['webhook-signature']}`;
  expect({
    sent: await accepts(sent),
    rotated: await accepts({ headers: { ...headers, 'webhook-signature': rotated }, body }),
    changed: await accepts({ headers, body: body.replace('webhook_endpoint.test', 'webhook_endpoint.tesx') }),
    old: await accepts({ headers: { ...headers, ...old }, body }),
    others: await accepts({ headers: { ...headers, ...others }, body }),
  }).toEqual({ sent: true, rotated: true, changed: false, old: false, others: false });
}

describe.each([
  ['the client', withClient],
  ['the package standardwebhooks', withPackage],
])('in TypeScript, with %s', (name, code) => {
  it('verifies, and refuses what was changed or is old', async () => {
    const receiver = await Receiver.start(process.execPath, [write(`${name.replaceAll(' ', '-')}.ts`, code)], secret);
    await expectVerifies((message) => receiver.accepts(message));
    await receiver.stop();
  });
});

itWhere(
  commands,
  missing('Python'),
  'in Python, the reference library verifies what a running service sends',
  async () => {
    const receiver = await Receiver.start(join(`${commands}`, 'python'), [write('receiver.py', python)], secret);
    await expectVerifies((message) => receiver.accepts(message));
    await service.request('PATCH', path, { url: receiver.url }, {});
    const { body } = await service.post(`${path}/test`);
    const delivery = async () => (await service.get(`/deliveries/${body.delivery_id}`)).body;
    await expect.poll(async () => (await delivery()).status, { timeout: 20_000 }).toBe('delivered');
    expect((await delivery()).attempts).toMatchObject([{ status: 204, error: null }]);
    expect(receiver.output).toContain(`webhook_endpoint.test ${path.split('/').at(-1)}`);
    await receiver.stop();
  },
);

/** Runs the function of the example: headers are in the environment, the body is the input. */
const GO_MAIN = `package main

import (
	"io"
	"os"
	"time"
)

func main() {
	body, _ := io.ReadAll(os.Stdin)
	if verify(os.Getenv("SLUICE_WEBHOOK_SECRET"), os.Getenv, body, time.Now()) != nil {
		os.Exit(1)
	}
}
`;
const hasGo = has('go', 'version');

itWhere(hasGo, missing('go'), 'in Go', async () => {
  const [program, files] = [join(folder, 'verify'), [write('verify.go', go), write('main.go', GO_MAIN)]];
  expect(await runProgram('go', ['build', '-o', program, ...files], { cwd: folder })).toEqual({ code: 0, output: '' });
  await expectVerifies(async ({ headers, body }) => {
    const env = { ...headers, SLUICE_WEBHOOK_SECRET: secret };
    return (await runProgram(program, [], { cwd: folder, env, input: body })).code === 0;
  });
});

const hasOpenssl = has('openssl', 'version') && has('curl', '--version') && has('bash', '--version');

itWhere(hasOpenssl, missing('openssl or curl'), 'with openssl and curl', async () => {
  const env = { SLUICE_WEBHOOK_SECRET: secret };
  const script = write('verify.sh', verifyScript);
  await expectVerifies(async ({ headers, body }) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    write('headers.txt', lines.join(''));
    write('body.json', body);
    return (await runProgram('bash', [script], { cwd: folder, env })).code === 0;
  });

  const receiver = await Receiver.start(process.execPath, [write('receiver.ts', withClient)], secret);
  const send = (env: Record<string, string>) =>
    runProgram('bash', [write('send.sh', sendScript), receiver.url], { cwd: folder, env });
  expect(await send(env)).toEqual({ code: 0, output: '' });
  const { code, output } = await send({ SLUICE_WEBHOOK_SECRET: `whsec_${Buffer.alloc(32).toString('base64')}` });
  expect(code).not.toBe(0);
  expect(output).toContain('400');
  await receiver.stop();
});
