import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sharedService } from './shared-service.ts';

/*
 * The client as a user has it: packed, installed into an empty project, and used as its README shows.
 */

const root = join(import.meta.dirname, '../..');
const project = mkdtempSync(join(tmpdir(), 'sluice-client-'));
const run = promisify(execFile);
const PATH = [join(root, 'node_modules/.bin'), process.env.PATH].join(delimiter);

const readme = readFileSync(join(root, 'client/README.md'), 'utf8');
const [example = '', receiver = ''] = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = '']) => code);

beforeAll(async () => {
  const options = { cwd: project, env: { ...process.env, PATH } };
  await run('npm', ['pack', join(root, 'client'), '--pack-destination', project, '--silent'], options);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  const { version } = JSON.parse(readFileSync(join(root, 'client/package.json'), 'utf8'));
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./sluice-client-${version}.tgz`], options);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** What a compiler finds wrong in a file with this content. */
async function problemsOf(compiler: string, content: string, options: Record<string, unknown> = {}): Promise<string> {
  const compilerOptions = {
    target: 'ES2022',
    module: 'nodenext',
    strict: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    types: [],
    ...options,
  };
  writeFileSync(join(project, 'checked.ts'), content);
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['checked.ts'] }));
  return run(process.execPath, [join(root, 'node_modules', compiler, 'bin/tsc')], { cwd: project }).then(
    () => '',
    ({ stdout }) => stdout,
  );
}

const WITH_NODE = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')], skipLibCheck: true };
const HEAD = `import { Sluice, type WebhookEvent } from '@sluice/client';
const { batches } = new Sluice({ baseUrl: 'https://api.example.com', apiKey: 'k' });
const item = { external_id: 'w-1', user_id: 'u-7', pix_key: 'maria@example.com' };
`;
/** Statements, and what the compiler names. */
const WRONG = [
  ['batches.create({ items: [item] });', 'amount_cents'], // a required field
  ['batches.create({ items: [{ ...item, amount_cents: "5" }] });', 'string'],
  ['batches.create({ auto_starts: true, items: [] });', 'auto_starts'], // an unknown field
  ['batches.create({ items: [], payouts: [] });', 'BatchRequest'], // two lists at once
  ['batches.get("b-1").then((batch) => batch.total);', 'total'], // a field that no answer has
  ['batches.payouts("b-1", { status: "paid" });', 'paid'], // an unknown status
  ['(event: WebhookEvent) => event.type === "payout.paid";', 'payout.paid'], // an unknown type of event
  ['(event: WebhookEvent) => event.type === "payout.failed" && event.data.tx_hash;', 'tx_hash'], // a field of another type
] as const;

describe.each(['typescript', 'typescript5'])('%s', (compiler) => {
  it('accepts the lines of the README', async () => {
    expect(example.trim().split('\n')).toHaveLength(10);
    expect(await problemsOf(compiler, example, WITH_NODE)).toBe('');
    expect(receiver).toContain('await unwrap(');
    expect(await problemsOf(compiler, receiver, WITH_NODE)).toBe('');
  });

  it('needs neither the types of Node nor skipLibCheck', async () => {
    expect(await problemsOf(compiler, `${HEAD}batches.create({ items: [{ ...item, amount_cents: 5n }] });`)).toBe('');
  });

  it('refuses wrong bodies, parameters and fields of answers', async () => {
    const problems = await problemsOf(compiler, HEAD + WRONG.map(([statement]) => statement).join('\n'));
    for (const [index, [, named]] of WRONG.entries()) {
      expect(problems).toMatch(new RegExp(`^checked\\.ts\\(${index + 4},\\d+\\): error TS\\d+: .*${named}`, 'm'));
    }
  });
});

it('the lines of the README run against the service', async () => {
  const { api, apiKey } = sharedService().endpoints;
  writeFileSync(join(project, 'example.ts'), example);
  const env = { ...process.env, SLUICE_URL: api, SLUICE_KEY: apiKey };
  const { stdout } = await run(process.execPath, ['example.ts'], { cwd: project, env });
  expect(stdout).toMatch(/^(completed|failed) \[/m);
  expect(stdout).toMatch(/^pix-1 (completed|failed)$/m);
});

it('an engine that is too old is refused before a request', async () => {
  const NODE_20 = 'data:text/javascript,delete JSON.rawJSON';
  writeFileSync(join(project, 'example.ts'), example);
  const env = { ...process.env, SLUICE_URL: 'http://127.0.0.1:1', SLUICE_KEY: 'k' };
  const started = run(process.execPath, ['--import', NODE_20, 'example.ts'], { cwd: project, env });
  await expect(started).rejects.toThrow('The client needs JSON.rawJSON: Node 22 or newer');
});
