import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { retryFailed } from '../../lib/payouts/retry-failed.ts';
import { headerView } from '../../lib/payouts/view.ts';

/** POST /batches/{batch_id}/retry-failed */
export const handler = http({}, async (request) => {
  const { batch, reopened } = await retryFailed(payouts(), batchIdOf(request.path('batch_id')));
  return { status: 202, body: { ...headerView(batch), reopened_count: reopened } };
});
