import { wallets } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { cursorPage } from '../../lib/edge/paging.ts';
import { listProviders } from '../../lib/wallets/create-provider.ts';
import { providerView } from '../../lib/wallets/view.ts';

/** GET /providers?limit=&cursor= : newest first */
export const handler = http({ query: cursorPage }, async ({ query }) => {
  const page = await listProviders(wallets(), query);
  return { status: 200, body: { providers: page.items.map(providerView), next_cursor: page.cursor ?? null } };
});
