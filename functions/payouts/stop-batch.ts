import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { stopBatch } from '../../lib/payouts/stop-batch.ts';
import { headerView } from '../../lib/payouts/view.ts';

/** POST /batches/{batch_id}/stop */
export const handler = http({}, async (request) => ({
  status: 202,
  body: headerView(await stopBatch(payouts(), batchIdOf(request.path('batch_id')))),
}));
