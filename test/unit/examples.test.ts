import { describe, expect, it } from 'vitest';
import examples from '../../docs/examples.json' with { type: 'json' };
import { type Operation, routes } from '../../functions/routes.ts';
import { ERRORS } from '../../lib/kernel/errors.ts';
import type { Example, Examples } from '../../scripts/contract/examples.ts';
import { codeOf, contract } from '../support/contract.ts';

const all = Object.entries(examples as Examples).flatMap(([operation, of]) =>
  of.map((example) => ({ ...example, operation: operation as Operation })),
);
const textOf = ({ body }: Example) =>
  body === undefined || typeof body === 'string' ? (body ?? '') : JSON.stringify(body);

describe('the recorded examples', () => {
  it('are answers as the document declares them', () => {
    const problems = all.flatMap((example) => {
      const { operation, request, status, headers = {} } = example;
      const { method } = routes[operation];
      const exchange = { method, path: request.path, status, headers: new Headers(headers), text: textOf(example) };
      return contract()
        .problemsOf(exchange)
        .map((problem) => `${operation} ${status}: ${problem}`);
    });
    expect(problems).toEqual([]);
  });

  it('are requests as the document declares them, if they were accepted', () => {
    const accepted = all.filter(({ status, request }) => status < 400 && request.body !== undefined);
    expect(accepted.length).toBeGreaterThan(15);
    const problems = accepted.flatMap(({ operation, request: { path, body } }) =>
      contract().problemsOfRequest({ method: routes[operation].method, path, body }),
    );
    expect(problems).toEqual([]);
  });

  it('are of the operation that they are listed under', () => {
    const served = all.map(({ operation, request }) => contract().operationOf(routes[operation].method, request.path));
    expect(served).toEqual(all.map(({ operation }) => operation));
  });

  it('show every error once at least', () => {
    const shown = new Set(all.filter(({ status }) => status >= 400).map((example) => codeOf(textOf(example))));
    expect([...shown].sort()).toEqual(Object.keys(ERRORS).sort());
  });

  it('contain no secret', () => {
    const text = JSON.stringify(examples);
    expect(text.match(/X-Amz-(Signature|Credential)=[^&"]*/g)).toEqual(
      expect.arrayContaining(['X-Amz-Signature=hidden', 'X-Amz-Credential=hidden']),
    );
    expect(
      /X-Amz-(Signature|Credential)=(?!hidden)|local_\w{20}|sk_(test|live)_(?!hidden)/.exec(text)?.[0],
    ).toBeUndefined();
  });
});
