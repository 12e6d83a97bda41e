import { parseExact } from '../../lib/kernel/exact-json.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { type BatchRequest, batchRequest } from '../../lib/payouts/batch-request.ts';
import { problemsOf } from './problems.ts';

/** As the edge parses a body, with exact numbers. @param body JSON, or what becomes JSON */
export const parseBatch = (body: unknown): BatchRequest =>
  validate(batchRequest, parseExact(typeof body === 'string' ? body : JSON.stringify(body)));

export const problemsOfBatch = (body: unknown) => problemsOf(() => parseBatch(body));
