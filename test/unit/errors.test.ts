import { expect, it } from 'vitest';
import { AppError, ERRORS, invariant } from '../../lib/kernel/errors.ts';

it('every code has its documented status', () => {
  const statuses = Object.fromEntries(Object.entries(ERRORS).map(([code, { status }]) => [code, status]));
  expect(statuses).toEqual({
    VALIDATION_ERROR: 400,
    UNAUTHORIZED: 401,
    FORBIDDEN: 403,
    NOT_FOUND: 404,
    INSUFFICIENT_FUNDS: 409,
    OUT_OF_STOCK: 409,
    DUPLICATE: 409,
    LIMIT_EXCEEDED: 409,
    INVALID_STATE: 409,
    REQUEST_IN_PROGRESS: 409,
    IDEMPOTENCY_MISMATCH: 422,
    PAYLOAD_TOO_LARGE: 413,
    RATE_LIMITED: 429,
    INTERNAL: 500,
    UNAVAILABLE: 503,
    GATEWAY_ERROR: 502,
    GATEWAY_TIMEOUT: 504,
  });
});

it('our own failures may be retried, errors of the caller may not', () => {
  for (const [code, { status, retryable }] of Object.entries(ERRORS)) {
    if (status >= 500 || status === 429) expect(retryable, code).toBe(true);
    if ([400, 401, 403, 404, 413, 422].includes(status)) expect(retryable, code).toBe(false);
  }
});

it('an error has the message of the registry by default', () => {
  expect(new AppError('NOT_FOUND')).toMatchObject({ message: ERRORS.NOT_FOUND.text, details: [], code: 'NOT_FOUND' });
  expect(new AppError('NOT_FOUND', { message: 'There is no batch b.' }).message).toBe('There is no batch b.');
});

it('a failed invariant is not in the registry', () => {
  const broken = () => invariant(false, 'a batch is never deleted');
  expect(broken).toThrow('a batch is never deleted');
  expect(broken).not.toThrow(AppError);
});
