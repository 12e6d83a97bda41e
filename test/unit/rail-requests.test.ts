import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isCircuitOpen, unchanged } from '../../lib/rail/attempt.ts';
import { explainCalls } from '../../lib/rail/explain-calls.ts';
import { signatureHeaders } from '../../lib/rail/sign-request.ts';

it('the example of docs/rails.md, which openssl verifies, is what a rail gets', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/rails.md'), 'utf8');
  const [, secret = ''] = /KEY=(\S+)/.exec(page) ?? [];
  const [, body = ''] = /BODY='(.*)'/.exec(page) ?? [];
  const [, created = ''] = /created=(\d+)/.exec(page) ?? [];
  const shown = [...page.matchAll(/^ {4}(Content-Digest|Signature-Input|Signature): (.*)$/gm)];
  const headers = signatureHeaders(
    { key_id: 'test-shared-secret', secret },
    { method: 'POST', url: new URL('https://bank.example/transfers'), body },
    Number(created) * 1_000 + 999,
  );
  expect(Object.fromEntries(shown.map(([, name = '', value]) => [name.toLowerCase(), value]))).toEqual(headers);
});

it('the signed host has no default port and is in lower case; a look-up has no digest', () => {
  const url = new URL('https://Bank.Example:443/v1/transfers/a%2Fb.1');
  const headers = signatureHeaders({ key_id: 'k', secret: 'AAAA' }, { method: 'GET', url, body: undefined }, 0);
  expect(Object.keys(headers)).toEqual(['signature-input', 'signature']);
  expect(headers).toEqual(
    signatureHeaders(
      { key_id: 'k', secret: 'AAAA' },
      { method: 'GET', url: new URL('https://bank.example/v1/transfers/a%2Fb.1'), body: undefined },
      999,
    ),
  );
});

it('a call that the rail refused for its credentials is explained so', () => {
  const at = '2026-11-20T00:00:00.000Z';
  const call = { asked: 'send', answer: 'unanswered', code: 'unauthorized' } as const;
  const { calls } = explainCalls('p1.1', { executions: [{ at, reference: 1, calls: [call] }], omitted: 0 });
  expect(calls[0]?.sentence).toBe('Sent p1.1: no valid answer came because the rail refuses our credentials.');
});

it.each([
  ['circuit_open', true],
  ['no_credentials', true],
  ['forbidden', false],
] as const)('after %s an immediate retry is pointless: %s', (cause, isPointless) => {
  const attempt = { reference: 'p1.1', attempts: 0, unanswered: false };
  expect(isCircuitOpen({ ...unchanged(attempt), sent: { kind: 'unsent', cause } })).toBe(isPointless);
});
