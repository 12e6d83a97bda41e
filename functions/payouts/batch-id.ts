import type { HttpRequest } from '../../lib/edge/http.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { type BatchId, parseBatchId } from '../../lib/payouts/ids.ts';

/** The batch that the path names. @throws AppError NOT_FOUND for what cannot be one */
export function batchIdOf(request: HttpRequest): BatchId {
  const id = parseBatchId(request.path('batch_id'));
  if (!id) throw new AppError('NOT_FOUND', { message: 'There is no such batch.' });
  return id;
}
