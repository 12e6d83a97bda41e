import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { batchRequestIn } from '../../cli/batches/request-file.ts';
import { exitCodeOf } from '../../cli/exit.ts';
import { amountText, facts, table } from '../../cli/output/text.ts';
import { Throughput } from '../../cli/output/throughput.ts';
import { sluice } from '../../cli/program.ts';
import { SluiceConnectionError, SluiceError, toJson } from '../../client/index.ts';
import { BadInput, Refused, Unexpected } from '../../scripts/endpoints.ts';

const dir = mkdtempSync(join(tmpdir(), 'sluice-cli-unit-'));
afterAll(() => rmSync(dir, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(dir, name);
  writeFileSync(path, content);
  return path;
}

describe('help', () => {
  const leaves = (command: Command, path: readonly string[] = []): [string, Command][] =>
    command.commands.length === 0
      ? [[path.join(' '), command]]
      : command.commands.flatMap((each) => leaves(each, [...path, each.name()]));

  it.each(leaves(sluice()))(
    'of `sluice %s` has an example that names this command and gives what it requires',
    (path, command) => {
      let help = '';
      command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
      const [, example = ''] = /\nExample:\n {2}sluice (.+)\n$/.exec(help) ?? [];
      expect(`${example} `).toContain(`${path} `);
      for (const { mandatory, long } of command.options) if (mandatory) expect(example).toContain(`${long} `);
      const given = example
        .slice(path.length)
        .split(/ --| [<>] /)[0]
        ?.trim();
      if (command.registeredArguments.some(({ required }) => required)) expect(given).not.toBe('');
    },
  );
});

describe('the commands that the console shows', () => {
  const SOURCES = join(import.meta.dirname, '../../console/src');
  const files = globSync('**/*.tsx', { cwd: SOURCES }).map((name) => readFileSync(join(SOURCES, name), 'utf8'));
  const group = sluice().commands.map((command) => command.name());
  const shown = files.flatMap((text) =>
    [...text.matchAll(/command=(?!\{undefined)(?:\{?[^`"]{0,80})[`"]([a-z][^`"]*)[`"]/g)].map(
      ([, command = '']) => command,
    ),
  );

  it('are found in its sources', () => expect(shown.length).toBeGreaterThan(20));

  it.each(shown)('%s', (text) => {
    const [words = ''] = text.split(/ (?=\$|--)|\$/);
    const [first = '', second] = words.trim().split(' ');
    expect(group).toContain(first);
    const command = sluice().commands.find((each) => each.name() === first);
    const leaf = command?.commands.length ? command.commands.find((each) => each.name() === second) : command;
    expect(leaf, words).toBeDefined();
    const options = [...text.matchAll(/(--[a-z-]+)/g)].map(([name]) => name);
    expect(leaf?.options.map(({ long }) => long)).toEqual(expect.arrayContaining(options));
  });
});

describe('the file of a batch', () => {
  const body = (path: string) => toJson(batchRequestIn(path));

  it('keeps all digits of the amounts in JSON', () => {
    const payouts = '[{"amount":90071992547409.910,"a":1.50},{"amount":9007199254740993,"b":[1,2.5,"3.0",null,true]}]';
    expect(body(file('payouts.json', payouts))).toBe(`{"payouts":${payouts}}`);
    const request = '{"batch_id":"b","items":[{"amount_cents":9007199254740993}]}';
    expect(body(file('request.json', request))).toBe(request);
  });

  it('reads the columns of CSV in any order, and leaves out empty cells', () => {
    const csv =
      '\ufeffamount,vendor_id,external_id,transaction_ids,bank_account\n1500.50,v-1,,t-1;t-2,00123\n7,v-2,x,,"1,2"\n';
    expect(body(file('payouts.csv', csv))).toBe(
      '{"payouts":[{"amount":1500.50,"vendor_id":"v-1","transaction_ids":["t-1","t-2"],"bank_account":"00123"},' +
        '{"amount":7,"vendor_id":"v-2","external_id":"x","bank_account":"1,2"}]}',
    );
  });

  it.each([
    ['none.csv', undefined, 'there is no such file'],
    ['payouts.xlsx', 'PK', 'the name must end in .json or .csv'],
    ['columns.csv', 'vendor,amount\nv,1\n', 'unknown columns: vendor.'],
    ['amount.csv', 'vendor_id,amount\nv,1\nw,1e3\n', 'row 2: 1e3 is not an amount'],
    ['ragged.csv', 'vendor_id,amount\nv\n', 'is not CSV'],
    ['broken.json', '[{', 'is not JSON'],
    ['number.json', '5', 'is not a request'],
  ])('that cannot be used is refused: %s', (name, content, message) => {
    const path = content === undefined ? join(dir, name) : file(name, content);
    expect(() => batchRequestIn(path)).toThrow(message);
    expect(() => batchRequestIn(path)).toThrow(BadInput);
  });
});

describe('text for people', () => {
  it('has amounts with the decimals of the currency, exactly', () => {
    expect(amountText(150_050, 'IDR')).toBe('IDR 1,500.50');
    expect(amountText(9007199254740993n, 'IDR')).toBe('IDR 90,071,992,547,409.93');
    expect(amountText(-1, 'PHP')).toBe('PHP -0.01');
    expect(amountText(1_000_000, 'VND')).toBe('VND 1,000,000');
    expect(amountText('150000', 'BTC')).toBe('BTC 150000 (smallest unit)');
  });

  it('has no control characters of callers', () => {
    expect(table(['NAME', 'B'], [['\u001b[2J\r\nAna', 1]], 'none')).toBe('NAME       B\n?[2J??Ana  1');
    expect(
      facts([
        ['name', 'A\u0007na'],
        ['empty', null],
      ]),
    ).toBe('name  A?na');
    expect(table(['NAME'], [], 'There is none.')).toBe('There is none.');
  });

  it('has the throughput of the last ten seconds, and the remaining time', () => {
    const throughput = new Throughput();
    throughput.add(0, 0);
    expect(throughput.text(100)).toBe('');
    throughput.add(2_000, 100);
    expect(throughput.text(1_000)).toBe('50/s, 20 s left');
    throughput.add(12_000, 200);
    expect(throughput.text(60_000)).toBe('10/s, 100 min left');
    throughput.add(30_000, 200);
    expect(throughput.text(60_000)).toBe('');
  });
});

describe('the exit code', () => {
  const answer = (status: number, code = 'INTERNAL') =>
    new SluiceError({ status }, { code: code as never, message: 'm', details: [], request_id: 'r' });

  it.each([
    ['a refusal', answer(409, 'INVALID_STATE'), 1],
    ['a wrong key', answer(401, 'UNAUTHORIZED'), 1],
    ['too many requests', answer(429, 'RATE_LIMITED'), 1],
    ['a gateway that did not charge', answer(502, 'GATEWAY_ERROR'), 1],
    ['a check that failed', new Refused('m'), 1],
    ['bad input', new BadInput('m'), 2],
    ['an error of the service', answer(500), 3],
    ['a service that is not available', answer(503, 'UNAVAILABLE'), 3],
    ['a request that is in progress', answer(409, 'REQUEST_IN_PROGRESS'), 3],
    ['a lost connection', new SluiceConnectionError('m'), 3],
    ['an answer that is none', new Unexpected('m'), 3],
    ['an error of the command', new TypeError('m'), 3],
  ])('of %s', (_, error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
