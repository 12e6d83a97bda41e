import { wallets } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { readProvider } from '../../lib/wallets/create-provider.ts';
import { providerView } from '../../lib/wallets/view.ts';

/** GET /providers/{provider_id} */
export const handler = http({}, async (request) => ({
  status: 200,
  body: providerView(await readProvider(wallets(), request.path('provider_id'))),
}));
