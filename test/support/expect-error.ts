import { expect } from 'vitest';
import type { Answer } from './service.ts';

/** An answer with this error and nothing else. `fields`: those that its details name. */
export function expectError({ status, body }: Answer, expected: number, code: string, ...fields: string[]): void {
  expect(body.error).toMatchObject({ code, request_id: expect.any(String), details: expect.any(Array) });
  expect(Object.keys(body)).toEqual(['error']);
  expect(status).toBe(expected);
  if (fields.length > 0) expect(body.error.details.map(({ path }: { path: string }) => path)).toEqual(fields);
}
