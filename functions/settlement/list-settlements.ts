import { z } from 'zod';
import { settlement } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { pageSize } from '../../lib/edge/paging.ts';
import { dayRange } from '../../lib/settlement/job-request.ts';
import { listSettlements } from '../../lib/settlement/list-settlements.ts';
import { settlementView } from '../../lib/settlement/view.ts';
import { ID, type MerchantId } from '../../lib/transactions/transaction.ts';

const merchantId = z.string().regex(ID, 'is not a merchant id').optional();
const query = dayRange.and(
  z.object({ merchant_id: merchantId, page_size: pageSize, page_token: z.string().optional() }),
);

/** GET /settlements?from=&to=&merchant_id=&page_size=&page_token= */
export const handler = http(async (request) => {
  const { from, to, merchant_id, page_size, page_token } = request.query(query);
  const { settlements, cursor } = await listSettlements(settlement(), {
    from,
    to,
    limit: page_size,
    ...(merchant_id === undefined ? {} : { merchantId: merchant_id as MerchantId }),
    ...(page_token === undefined ? {} : { cursor: page_token }),
  });
  return { status: 200, body: { settlements: settlements.map(settlementView), next_page_token: cursor ?? null } };
});
