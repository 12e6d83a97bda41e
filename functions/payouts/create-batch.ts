import { payouts } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { http } from '../../lib/edge/http.ts';
import { parseIdempotencyKey } from '../../lib/kernel/idempotency.ts';
import { parseBatchRequest } from '../../lib/payouts/batch-request.ts';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import { createdView } from '../../lib/payouts/view.ts';

/** POST /batches */
export const handler = http({ key: parseIdempotencyKey, body: parseBatchRequest }, async ({ key, body }) => {
  const { batch, replayed } = await createBatch(payouts(), body, key);
  addLogFields({ batch_id: batch.id });
  return {
    status: 201,
    headers: { location: `/batches/${batch.id}` },
    replayed,
    body: createdView(batch),
  };
});
