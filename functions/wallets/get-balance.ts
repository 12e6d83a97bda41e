import { wallets } from '../../lib/container.ts';
import { http } from '../../lib/edge/http.ts';
import { walletOwner } from '../../lib/wallets/ids.ts';
import { readWallet } from '../../lib/wallets/open-wallet.ts';
import { balanceView } from '../../lib/wallets/view.ts';

/** GET /wallets/{user_id}/balance */
export const handler = http({}, async (request) => ({
  status: 200,
  body: balanceView(await readWallet(wallets(), walletOwner(request.path('user_id')))),
}));
