import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { beforeAll, describe, it, vi } from 'vitest';
import { keyed } from '../support/provoke.ts';
import { runSluice, SLUICE } from '../support/sluice-command.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();
const sluice = (...args: string[]) => runSluice(service, args);

const STATEMENT = ['wallets', 'statement', 'cli-lists', '--limit', '2', '--all'];
const ids = async (): Promise<string[]> => {
  const { body } = await service.get('/wallets/cli-lists/transactions?limit=100');
  return body.transactions.map((each: { transaction_id: string }) => each.transaction_id);
};

beforeAll(async () => {
  await service.client.wallets.create({ user_id: 'cli-lists', currency: 'IDR' });
  for (const amount of [9007199254740991, 2, 3, 4, 5]) {
    await service.post('/wallets/cli-lists/deposits', { amount, currency: 'IDR' }, keyed());
  }
});

describe.concurrent('sluice with --all', () => {
  it('prints every page, under one head; as ids; and as JSON Lines with all digits', async ({ expect }) => {
    const [table, quiet, json] = await Promise.all([
      sluice(...STATEMENT),
      sluice(...STATEMENT, '--quiet'),
      sluice(...STATEMENT, '--json'),
    ]);
    const [head, ...rows] = table.stdout.trimEnd().split('\n');
    expect(head).toMatch(/^NO\. +TIME/);
    expect(rows.map((row) => row.split(/ +/)[0])).toEqual(['5', '4', '3', '2', '1']);
    expect(quiet).toEqual({ code: 0, stdout: `${(await ids()).join('\n')}\n`, stderr: '' });
    const lines = json.stdout.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).transaction_id)).toEqual(await ids());
    expect(lines[0]).toContain('"balance_after":9007199254741005');
  });

  it('prints one sentence for an empty list, and nothing for programs', async ({ expect }) => {
    const none = ['payouts', 'find', '--external-id', 'cli-lists-none', '--all'];
    const runs = await Promise.all([sluice(...none), sluice(...none, '--quiet'), sluice(...none, '--json')]);
    expect(runs.map(({ code, stdout }) => [code, stdout])).toEqual([
      [0, 'No payout was found.\n'],
      [0, ''],
      [0, ''],
    ]);
  });

  it('ends silently if the reader of the output ends first', async ({ expect }) => {
    const script = `set -o pipefail; '${process.execPath}' '${SLUICE}' ${STATEMENT.join(' ')} --limit 1 | true`;
    const env = { ...process.env, SLUICE_DATA_DIR: service.dataDir };
    const shell = spawn('bash', ['-c', script], { env });
    const [errors] = await Promise.all([text(shell.stderr), text(shell.stdout), once(shell, 'close')]);
    expect([shell.exitCode, errors]).toEqual([0, '']);
  });

  it('says how to continue after Ctrl-C, and after the service is lost', async ({ expect }) => {
    // It passes on the first page, and then answers no more.
    let passes = 1;
    const proxy = createServer(async ({ url, headers }, response) => {
      if (passes-- <= 0) return;
      const answer = await fetch(`${service.endpoints.api}${url}`, {
        headers: { 'X-API-Key': `${headers['x-api-key']}` },
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(await answer.text());
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const { port } = proxy.address() as AddressInfo;
    const env = { ...process.env, SLUICE_URL: `http://127.0.0.1:${port}`, SLUICE_API_KEY: service.endpoints.apiKey };
    const listing = async (end: (child: ReturnType<typeof spawn>) => void) => {
      passes = 1;
      const child = spawn(process.execPath, [SLUICE, ...STATEMENT, '--quiet'], { env });
      let output = '';
      child.stdout.on('data', (piece) => (output += piece));
      const errors = text(child.stderr);
      await vi.waitFor(() => expect(output.trim().split('\n')).toHaveLength(2), { timeout: 20_000 });
      end(child);
      const [code] = await once(child, 'close');
      return { code, output, errors: await errors };
    };
    const stopped = await listing((child) => child.kill('SIGINT'));
    expect(stopped.code).toBe(130);
    const [, cursor = ''] = /The list is not complete\. Its rest: --all --cursor (\S+)/.exec(stopped.errors) ?? [];
    const rest = await sluice(...STATEMENT, '--quiet', '--cursor', cursor);
    expect(stopped.output + rest.stdout).toBe(`${(await ids()).join('\n')}\n`);

    const lost = await listing(() => {
      proxy.closeAllConnections();
      proxy.close();
    });
    expect(lost).toMatchObject({ code: 3, output: stopped.output });
    expect(lost.errors).toContain('cannot be reached');
  });
});

describe.concurrent('sluice audit list', () => {
  it('lists the events of one subject, oldest first, page by page', async ({ expect }) => {
    const of = ['audit', 'list', '--subject', 'cli-lists'];
    const found = async () => (await service.get('/audit?subject=cli-lists')).body.events;
    await vi.waitFor(async () => expect((await found()).length).toBeGreaterThan(5), { timeout: 20_000 });
    const events: { id: string; type: string }[] = await found();
    const [table, page, all] = await Promise.all([
      sluice(...of),
      sluice(...of, '--limit', '1'),
      sluice(...of, '--limit', '2', '--all', '--quiet'),
    ]);
    expect(table.stdout).toMatch(/^TIME \(UTC\) +EVENT +SUBJECT +BY KEY +REQUEST\n/);
    expect(table.stdout).toContain(` ${events[0]?.type} `);
    expect(page.stdout).toMatch(/\n\nThere are more: --cursor \S+\n$/);
    expect(all.stdout.trimEnd().split('\n')).toEqual(events.map(({ id }) => id));
  });

  it('refuses a range that is none', async ({ expect }) => {
    const ran = await sluice('audit', 'list', '--from', '2026-01-02T00:00:00Z', '--to', '2026-01-01T00:00:00Z');
    expect(ran).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('must be before') });
  });
});
