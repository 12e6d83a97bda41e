import { wallets } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { validate } from '../../lib/kernel/fields.ts';
import { openWallet } from '../../lib/wallets/open-wallet.ts';
import { walletRequest } from '../../lib/wallets/schemas.ts';
import { walletView } from '../../lib/wallets/view.ts';

const wanted = (body: unknown) => validate(walletRequest(wallets()), body);

/** POST /wallets */
export const handler = http({ body: wanted }, async ({ body: { user_id: userId, currency } }) => {
  const { wallet, isNew } = await openWallet(wallets(), { userId, currency });
  return {
    status: isNew ? 201 : 200,
    headers: { location: `/wallets/${encodeURIComponent(userId)}/balance` },
    body: walletView(wallet),
  };
});
