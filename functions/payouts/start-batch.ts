import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { startBatch } from '../../lib/payouts/start-batch.ts';
import { headerView } from '../../lib/payouts/view.ts';

/** POST /batches/{batch_id}/start */
export const handler = http({}, async (request) => ({
  status: 202,
  body: headerView(await startBatch(payouts(), batchIdOf(request.path('batch_id')))),
}));
