import { wallets } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { createProvider } from '../../lib/wallets/create-provider.ts';
import { providerRequest } from '../../lib/wallets/schemas.ts';
import { providerView } from '../../lib/wallets/view.ts';

/** POST /providers */
export const handler = http({ body: providerRequest }, async ({ body: { provider_id: id, name } }) => {
  const { provider, isNew } = await createProvider(wallets(), id === undefined ? { name } : { id, name });
  return {
    status: isNew ? 201 : 200,
    headers: { location: `/providers/${provider.id}` },
    body: providerView(provider),
  };
});
