import { z } from 'zod';
import { payouts } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { pageNumber, pageSize } from '../../lib/edge/paging.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { PAYOUT_STATUSES } from '../../lib/payouts/payout.ts';
import { listPayouts } from '../../lib/payouts/read-batches.ts';
import { payoutView } from '../../lib/payouts/view.ts';

const query = z.object({
  status: z.enum(PAYOUT_STATUSES, `must be one of ${PAYOUT_STATUSES.join(', ')}`).optional(),
  page: pageNumber,
  page_size: pageSize,
});

/** GET /batches/{batch_id}/payouts?status=&page=&page_size= */
export const handler = http({ query }, async ({ query: { status, page, page_size }, path }) => {
  const wanted = { status, page, pageSize: page_size };
  const { payouts: found, totalCount } = await listPayouts(payouts(), batchIdOf(path('batch_id')), wanted);
  return { status: 200, body: { payouts: found.map(payoutView), page, page_size, total_count: totalCount } };
});
