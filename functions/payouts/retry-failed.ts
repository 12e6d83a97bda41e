import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { retryFailed } from '../../lib/payouts/retry-failed.ts';
import { headerView } from '../../lib/payouts/view.ts';
import { batchIdOf } from './batch-id.ts';

/** POST /batches/{batch_id}/retry-failed */
export const handler = http(async (request) => {
  const { batch, reopened } = await retryFailed(payouts(), batchIdOf(request));
  return { status: 202, body: { ...headerView(batch), reopened_count: reopened } };
});
