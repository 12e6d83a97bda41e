import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { route } from '../../lib/edge/route.ts';
import { count, object, orNull, time } from '../../lib/kernel/fields.ts';
import { openApiDocument } from '../../scripts/contract/document.ts';
import { ContractChecker, type Exchange } from '../support/contract.ts';

const book = z.object({ id: z.string(), pages: orNull(count()), lent_at: time() });
const handle = async () => ({ status: 200 as const, body: '' });
const routes = {
  getBook: route({
    method: 'GET',
    path: '/books/{book_id}',
    summary: 'Read a book',
    scope: 'orders:read',
    params: z.object({ book_id: z.string() }),
    answers: { 200: { description: 'A book.', schema: z.object({ books: z.array(book) }) } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(handle),
  listNew: route({
    method: 'GET',
    path: '/books/new.csv',
    summary: 'Read the new books',
    scope: 'public',
    answers: { 200: { description: 'The books.', type: 'text/csv' } },
  })(handle),
  getCover: route({
    method: 'GET',
    path: '/covers/{file}',
    summary: 'Read a cover',
    scope: 'public',
    answers: { 200: { description: 'The cover.', type: 'image/*' } },
  })(handle),
  buyBook: route({
    method: 'POST',
    path: '/books',
    summary: 'Buy a book',
    scope: 'orders:write',
    body: object({ title: z.string() }),
    answers: { 204: { description: 'It is bought.' } },
    errors: ['OUT_OF_STOCK', 'INVALID_STATE'],
  })(async () => ({ status: 204, body: '' })),
};
const checker = new ContractChecker(openApiDocument({ 'shop/read': routes }, {}));

type Given = Partial<Omit<Exchange, 'headers'>> & { headers?: Record<string, string>; body?: unknown };
/** A valid answer of getBook, with changes. */
function problems({ body, headers = {}, ...changes }: Given): string[] {
  return checker.problemsOf({
    method: 'GET',
    path: '/books/b-1',
    status: 200,
    text: JSON.stringify(body ?? { books: [{ id: 'b-1', pages: 7, lent_at: '2026-01-02T03:04:05Z' }] }),
    ...changes,
    headers: new Headers({ 'content-type': 'application/json', ...headers }),
  });
}
const bookWith = (changes: object) => ({
  body: { books: [{ id: 'b-1', pages: null, lent_at: '2026-01-02T03:04:05Z', ...changes }] },
});
const errorOf = (code: string, more: object = {}) => ({
  body: { error: { code, message: 'No.', details: [], request_id: 'r-1', ...more } },
});

describe('an answer as the document declares it', () => {
  it.each<[string, Given]>([
    ['a body of its schema', {}],
    ['a field that is null', bookWith({ pages: null })],
    ['a query', { path: '/books/b-1?shelf=3' }],
    ['headers of the route and of the transport', { headers: { etag: '"1"', 'x-request-id': 'r', vary: 'accept' } }],
    ['a declared error', { status: 404, ...errorOf('NOT_FOUND') }],
    [
      'an error with details',
      { status: 404, ...errorOf('NOT_FOUND', { details: [{ path: 'a', reason: 'b', left: 3 }] }) },
    ],
    ['a status without a body', { status: 304, text: '', headers: { etag: '"1"' } }],
    [
      'a fixed path beside one with a variable',
      { path: '/books/new.csv', text: 'a', headers: { 'content-type': 'text/csv; charset=utf-8' } },
    ],
    ['a range of content types', { path: '/covers/a', text: '', headers: { 'content-type': 'image/png' } }],
    ['one of several errors of a status', { method: 'POST', path: '/books', status: 409, ...errorOf('OUT_OF_STOCK') }],
    ['an unknown route that is NOT_FOUND', { path: '/nowhere', status: 404, ...errorOf('NOT_FOUND') }],
  ])('%s', (_name, given) => {
    expect(problems(given)).toEqual([]);
  });

  it('has the operation that served it', () => {
    const operations = ['/books/b-1?a=b', '/books/new.csv', '/books/a/b'].map((path) =>
      checker.operationOf('GET', path),
    );
    expect(operations).toEqual(['getBook', 'listNew', undefined]);
  });
});

describe('a problem is', () => {
  it.each<[string, Given, string]>([
    ['a status', { status: 201 }, 'the status is not declared'],
    ['a header', { headers: { 'x-debug': '1' } }, 'the header x-debug is not declared'],
    [
      'a header of another answer',
      { status: 404, ...errorOf('NOT_FOUND'), headers: { etag: '"1"' } },
      'the header etag',
    ],
    ['a content type', { headers: { 'content-type': 'text/html' } }, 'the content type "text/html" is not declared'],
    ['a body of a status without one', { method: 'POST', path: '/books', status: 204 }, 'a body is not declared'],
    ['a field of another type', bookWith({ lent_at: 7 }), 'body/books/0/lent_at must be string'],
    ['a field of another format', bookWith({ lent_at: 'yesterday' }), 'body/books/0/lent_at must match format'],
    ['a missing field', bookWith({ id: undefined }), "body/books/0 must have required property 'id'"],
    ['an undeclared field', { body: { books: [], total: 0 } }, 'body must NOT have additional properties: total'],
    ['an undeclared field inside', bookWith({ shelf: 1 }), 'body/books/0 must NOT have additional properties: shelf'],
    ['an undeclared field of an error', { status: 404, ...errorOf('NOT_FOUND', { stack: 'at' }) }, 'properties: stack'],
    ['an error of another service', { status: 404, body: {} }, "required property 'error'"],
    ['a code of another status', { status: 404, ...errorOf('INTERNAL') }, 'the code INTERNAL is not declared'],
    [
      'a code of another route',
      { method: 'POST', path: '/books', status: 409, ...errorOf('INSUFFICIENT_FUNDS') },
      'INSUFFICIENT_FUNDS is not declared',
    ],
    [
      'an unknown route with another status',
      { path: '/nowhere', status: 400, ...errorOf('VALIDATION_ERROR') },
      'no route has this path',
    ],
    [
      'an unknown route with another code',
      { path: '/nowhere', status: 404, ...errorOf('INTERNAL') },
      'no route has this path',
    ],
    ['another method of a route', { method: 'PUT' }, 'no route has this path and method'],
  ])('%s', (_name, given, problem) => {
    expect(problems(given)).toEqual([expect.stringContaining(problem)]);
  });
});
