import { payouts } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { parseBatchRequest } from '../../lib/payouts/batch-request.ts';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import { createdView } from '../../lib/payouts/view.ts';

/** POST /batches */
export const handler = http(async (request) => {
  const parsed = parseBatchRequest(request.json());
  if ('problems' in parsed) throw new AppError('VALIDATION_ERROR', { details: parsed.problems });
  const { batch, replayed } = await createBatch(payouts(), parsed.request, request.header('idempotency-key'));
  addLogFields({ batch_id: batch.id });
  return {
    status: 201,
    headers: { location: `/batches/${batch.id}`, ...(replayed ? { 'idempotent-replayed': 'true' } : {}) },
    body: createdView(batch),
  };
});
