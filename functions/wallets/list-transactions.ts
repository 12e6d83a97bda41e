import { z } from 'zod';
import { wallets } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { pageSize } from '../../lib/edge/paging.ts';
import { walletOwner } from '../../lib/wallets/ids.ts';
import { readStatement, STATEMENT_TYPES } from '../../lib/wallets/read-statement.ts';
import { lineView } from '../../lib/wallets/view.ts';

const query = z.object({
  limit: pageSize,
  cursor: z.string().optional(),
  type: z.enum(STATEMENT_TYPES, `must be one of ${STATEMENT_TYPES.join(', ')}`).optional(),
});

/** GET /wallets/{user_id}/transactions?limit=&cursor=&type= : newest first */
export const handler = http({ query }, async ({ query: page, path }) => {
  const userId = walletOwner(path('user_id'));
  const { items, cursor } = await readStatement(wallets(), userId, page);
  return {
    status: 200,
    body: { transactions: items.map((line) => lineView(userId, line)), next_cursor: cursor ?? null },
  };
});
