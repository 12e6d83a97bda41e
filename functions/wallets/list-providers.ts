import { z } from 'zod';
import { wallets } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { pageSize } from '../../lib/edge/paging.ts';
import { providerView } from '../../lib/wallets/view.ts';

const query = z.object({ limit: pageSize, cursor: z.string().optional() });

/** GET /providers?limit=&cursor= : newest first */
export const handler = http(async (request) => {
  const { limit, cursor } = request.query(query);
  const page = await wallets().providers.list(cursor === undefined ? { limit } : { limit, cursor });
  return { status: 200, body: { providers: page.providers.map(providerView), next_cursor: page.cursor ?? null } };
});
