import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { runSluice } from '../support/sluice-command.ts';
import { csvFile, csvRow, someRows } from '../support/upload-rows.ts';
import { sharedService } from './shared-service.ts';

const service = sharedService();

const sluice = (...args: string[]) => runSluice(service, args);
const show = async (id: string) => (await service.get(`/batches/uploads/${id}`)).body;
const idIn = (text: string) => /upl_[0-9a-f]{32}/.exec(text)?.[0] ?? '';

function aFile(name: string, content: string): string {
  const path = join(service.dataDir, name);
  writeFileSync(path, content);
  return path;
}

describe.concurrent('sluice batches upload, of a file that cannot be paid', () => {
  it.each([
    ['is not there', 'none.csv', undefined, 'none.csv cannot be read: there is no such file'],
    ['is empty', 'empty.csv', '', 'empty.csv is empty'],
    ['has a name without a format', 'payouts.xlsx', 'PK', 'payouts.xlsx: the name must end in .csv or .jsonl'],
  ])('ends before it asks the service, if the file %s', async (_, name, content, message) => {
    const path = content === undefined ? join(service.dataDir, name) : aFile(name, content);
    const ran = await sluice('batches', 'upload', path);
    expect(ran).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
  });

  it('names the columns that it does not know', async () => {
    const path = aFile('columns.csv', csvFile(someRows(1)).replace('amount', 'sum'));
    const { code, stdout } = await sluice('batches', 'upload', path);
    expect(code).toBe(1);
    expect(stdout).toMatch(/upl_\S+ {2}refused\n0 rows: 0 stored .*it lacks amount and has the unknown "sum"\./s);
  });

  it('shows line and reasons of rows that are not valid, keeps them, and stores nothing', async () => {
    const path = aFile('amount.csv', csvFile([...someRows(2), csvRow(3, '-1')]));
    const { code, stdout } = await sluice('batches', 'upload', path);
    expect(code).toBe(1);
    expect(stdout.trimEnd().split('\n').slice(1)).toEqual([
      '3 rows: 0 stored in 0 batches, 0 duplicates, 1 not valid',
      '1 of 3 rows are not valid, so none is stored.',
      'Nothing of the file was or will be paid.',
      'line 4: amount must be greater than 0',
      `All rows that are not valid: ${idIn(stdout)}-rejected.csv`,
    ]);
    const report = readFileSync(join(service.dataDir, `${idIn(stdout)}-rejected.csv`), 'utf8');
    expect(report).toBe(
      `line,vendor_id,vendor_name,external_id,amount,currency,bank_account,bank_name,transaction_ids,other_fields,reasons
4,v-3,Vendor 3,,'-1,IDR,123456783,Bank,t-3;u-3,,amount must be greater than 0
`,
    );
  });

  it('refuses a file of another format than its name says', async () => {
    const { code, stdout } = await sluice('batches', 'upload', aFile('payouts.jsonl', csvFile(someRows(1))));
    expect(code).toBe(1);
    expect(stdout).toContain('No row of the file is valid.');
    expect(stdout).toContain('line 1: is not JSON');
  });
});

it('sluice batches start, stop and cancel operate all batches of an upload', async () => {
  const path = aFile('operated.csv', csvFile(someRows(3)));
  const uploaded = await sluice('batches', 'upload', path, '--no-start', '--quiet');
  const id = uploaded.stdout.trim();
  const started = await sluice('batches', 'start', id);
  expect(started.stdout, started.stderr).toMatch(new RegExp(`^${id} {2}in_progress\n3 rows: 3 stored in 1 batches`));
  expect((await sluice('batches', 'wait', id, '--paid', '--quiet')).code).toBe(0);
  const stopped = await sluice('batches', 'stop', id, '--quiet');
  expect(stopped).toMatchObject({ code: 0, stdout: `${id}\n` });
  const cancelled = await sluice('batches', 'cancel', id, '--reason', 'too late', '--json');
  expect(JSON.parse(cancelled.stdout)).toMatchObject({ upload_id: id, counts: { completed: 3 } });
});

describe.concurrent('a connection that breaks during the upload', () => {
  const proxies: Server[] = [];
  afterAll(() => {
    for (const proxy of proxies) proxy.close();
  });

  /** The service behind a network that answers no PUT. */
  async function behind(
    onPut: (request: IncomingMessage, url: string) => Promise<unknown>,
    { staysBroken = false } = {},
  ): Promise<string> {
    let uploadUrl = '';
    let isBroken = false;
    const proxy = createServer(async (request, response) => {
      if (request.method === 'PUT') {
        await onPut(request, uploadUrl);
        isBroken = staysBroken;
        return void request.socket.destroy();
      }
      if (isBroken) return void request.socket.destroy();
      const headers = { 'X-API-Key': service.endpoints.apiKey, 'Content-Type': 'application/json' };
      const body = request.method === 'GET' ? null : await buffer(request);
      const answer = await fetch(`${service.endpoints.api}${request.url}`, {
        method: `${request.method}`,
        headers,
        body,
      });
      const text = await answer.text();
      uploadUrl = /"upload_url":"([^"]+)"/.exec(text)?.[1] ?? uploadUrl;
      response.writeHead(answer.status, { 'Content-Type': 'application/json' });
      response.end(text.replace(/"upload_url":"[^"]+"/, `"upload_url":"${at}/file"`));
    }).listen(0, '127.0.0.1');
    proxies.push(proxy);
    await once(proxy, 'listening');
    const at = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
    return at;
  }

  const upload = async (url: string, rows: readonly string[]) => {
    const path = aFile(`broken-${rows.length}.csv`, csvFile(rows));
    const env = { SLUICE_API_KEY: service.endpoints.apiKey };
    return runSluice(service, ['--url', url, 'batches', 'upload', path], { env });
  };

  it('gives the upload up, and says that the command can be repeated', async () => {
    const created: string[] = [];
    const url = await behind(async (request, link) => {
      created.push(idIn(link));
      await once(request, 'data');
    });
    const ran = await upload(url, someRows(2_000));
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(
      /The upload broke after \d+ of \d+ bytes: .+\. Nothing .* paid\. Run the command again\./,
    );
    expect(await show(created[0] ?? '')).toMatchObject({ status: 'refused', batches: [] });
  });

  it('does not know whether the file has arrived if the service is away too, and says how to see it', async () => {
    const url = await behind((request) => once(request, 'data'), { staysBroken: true });
    const ran = await upload(url, someRows(2_001));
    expect(ran).toMatchObject({ code: 3, stdout: '' });
    expect(ran.stderr).toMatch(/The service does not answer either, .* npx sluice batches wait upl_[0-9a-f]{32}/);
  });

  it('waits for a file that has arrived although its answer is lost, so that it is not uploaded twice', async () => {
    const url = await behind(async (request, link) => {
      const body = await buffer(request);
      expect((await fetch(link, { method: 'PUT', body })).status).toBe(200);
      while ((await show(idIn(link))).status === 'awaiting_upload') await setTimeout(10);
    });
    const ran = await upload(url, someRows(3));
    expect(ran.code).toBe(0);
    expect(ran.stdout).toContain('3 rows: 3 stored in 1 batches');
  });
});
