import { z } from 'zod';
import { settlement } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { tokenPage } from '../../lib/edge/paging.ts';
import { dayRange } from '../../lib/settlement/job-request.ts';
import { listSettlements } from '../../lib/settlement/list-settlements.ts';
import { settlementView } from '../../lib/settlement/view.ts';
import { ID, type MerchantId } from '../../lib/transactions/transaction.ts';

const merchant = z
  .object({ merchant_id: z.string().regex(ID, 'is not a merchant id').optional() })
  .transform(({ merchant_id }) => ({ merchantId: merchant_id as MerchantId | undefined }));

/** GET /settlements?from=&to=&merchant_id=&page_size=&page_token= */
export const handler = http({ query: dayRange.and(merchant).and(tokenPage) }, async ({ query }) => {
  const { items, cursor } = await listSettlements(settlement(), query);
  return { status: 200, body: { settlements: items.map(settlementView), next_page_token: cursor ?? null } };
});
