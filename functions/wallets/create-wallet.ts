import { wallets } from '../../lib/container.ts';
import { http, validate } from '../../lib/edge/http.ts';
import { openWallet } from '../../lib/wallets/open-wallet.ts';
import { walletRequest } from '../../lib/wallets/schemas.ts';
import { walletView } from '../../lib/wallets/view.ts';

/** POST /wallets */
export const handler = http(async (request) => {
  const { user_id: userId, currency } = validate(walletRequest(wallets().assets), request.json());
  const { wallet, isNew } = await openWallet(wallets(), { userId, currency });
  return {
    status: isNew ? 201 : 200,
    headers: { location: `/wallets/${encodeURIComponent(userId)}/balance` },
    body: walletView(wallet),
  };
});
