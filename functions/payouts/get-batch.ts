import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { readBatch } from '../../lib/payouts/read-batches.ts';
import { batchView } from '../../lib/payouts/view.ts';

/** GET /batches/{batch_id} */
export const handler = http({}, async (request) => ({
  status: 200,
  body: batchView(await readBatch(payouts(), batchIdOf(request.path('batch_id')))),
}));
