import { eventually as until } from '../contract/embedded-stack.ts';
import type { Service } from './service.ts';
import { newKey, WalletRequests } from './wallet-requests.ts';

export const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';
export const WEI = 10n ** 18n;

export const eventually = (holds: () => Promise<boolean>, seconds = 30) => until(holds, Boolean, seconds);

/** The body of a request for one ether. */
export const wanted = (user: string, changes: object = {}) => ({
  idempotency_key: newKey(),
  user_id: user,
  asset: 'ETH',
  amount: `${WEI}`,
  destination_address: ADDRESS,
  network: 'ethereum',
  ...changes,
});

/** Requests of withdrawals to a running service. */
export class WithdrawalRequests {
  readonly #service: Service;
  readonly #wallets: WalletRequests;

  constructor(service: Service) {
    this.#service = service;
    this.#wallets = new WalletRequests(service);
  }

  /** A new user with a balance in wei. */
  readonly givenAUser = (wei: bigint = 10n * WEI) => this.#wallets.givenAWallet(`${wei}`, 'ETH');

  readonly withdraw = (body: object, headers = {}) => this.#service.post('/withdrawals', body, headers);

  readonly read = async (id: string) => (await this.#service.get(`/withdrawals/${id}`)).body.withdrawal;

  /** Waits until it is completed or failed. */
  readonly ended = async (id: string) => {
    await eventually(async () => ['COMPLETED', 'FAILED'].includes((await this.read(id)).status));
    return this.read(id);
  };

  readonly balanceOf = async (user: string) => BigInt(await this.#wallets.balanceOf(user));
}
