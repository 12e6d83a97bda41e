import { randomBytes } from 'node:crypto';
import type { ErrorCode } from '../../../lib/kernel/errors.ts';
import { keyed, limited, newName, notFound, type Provocations, type Provoke } from '../../support/provoke.ts';
import type { Answer, Service } from '../../support/service.ts';

const WEI = 10n ** 18n;
const network = 'ethereum';
const ADDRESS = '0x52908400098527886E0F7030069857D2E4169EE7';
const DENIED = '0x8617E340B3D01FA5F11F306F4090FD50E238070D';
const SERVICE = '/withdrawal.v1.WithdrawalService';

/** A user with one ether. */
async function aUser(service: Service): Promise<string> {
  const user = newName('user');
  await service.post('/wallets', { user_id: user, currency: 'ETH' });
  await service.post(`/wallets/${user}/deposits`, { amount: `${WEI}`, currency: 'ETH' }, keyed());
  return user;
}

const wanted = (user_id: string, changes: object = {}) => ({
  ...{ idempotency_key: newName('key'), user_id, asset: 'ETH', amount: `${WEI}`, network },
  destination_address: ADDRESS,
  ...changes,
});

async function deny(service: Service, address: string): Promise<void> {
  await service.request('PUT', `/denied-addresses/${network}/${address}`, { reason: 'a test' }, {});
}

async function aFailedWithdrawal(service: Service, user: string, changes: object = {}): Promise<string> {
  await service.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
  const { body } = await service.post('/withdrawals', wanted(user, changes));
  const { withdrawal_id: id } = body.withdrawal;
  for (;;) {
    const { withdrawal } = (await service.get(`/withdrawals/${id}`)).body;
    if (withdrawal.status === 'FAILED') return id;
  }
}

type Post = (service: Service, body: object, headers?: Record<string, string>) => Promise<Answer>;

/** The proto file's names are accepted in JSON too, so REST and RPC take the same body. */
const creating = (create: Post) => ({
  NOT_FOUND: (service: Service) => create(service, wanted('none')),
  LIMIT_EXCEEDED: async (service: Service) => create(service, wanted(await aUser(service)), await limited(service)),
  INSUFFICIENT_FUNDS: async (service: Service) =>
    create(service, wanted(await aUser(service), { amount: `${2n * WEI}` })),
  FORBIDDEN: async (service: Service) => {
    await deny(service, DENIED);
    return create(service, wanted(await aUser(service), { destination_address: DENIED }));
  },
  IDEMPOTENCY_MISMATCH: async (service: Service) => {
    const body = wanted(await aUser(service));
    await service.post('/withdrawals', body);
    return create(service, { ...body, amount: `${WEI / 2n}` });
  },
});

type Retry = (service: Service, id: string, headers?: Record<string, string>) => Promise<Answer>;

const retrying = (retry: Retry): Partial<Record<ErrorCode, Provoke>> => ({
  NOT_FOUND: (service) => retry(service, 'wdr_none'),
  LIMIT_EXCEEDED: async (service) =>
    retry(service, await aFailedWithdrawal(service, await aUser(service)), await limited(service)),
  INVALID_STATE: async (service) => {
    const { body } = await service.post('/withdrawals', wanted(await aUser(service)));
    return retry(service, body.withdrawal.withdrawal_id);
  },
  INSUFFICIENT_FUNDS: async (service) => {
    const user = await aUser(service);
    const id = await aFailedWithdrawal(service, user);
    await service.setBank({ mode: 'happy' });
    await service.post('/withdrawals', wanted(user)); // takes the ether that was released
    return retry(service, id);
  },
  FORBIDDEN: async (service) => {
    const address = `0x${randomBytes(20).toString('hex')}`;
    const id = await aFailedWithdrawal(service, await aUser(service), { destination_address: address });
    await deny(service, address);
    return retry(service, id);
  },
});

const call =
  (method: string): Post =>
  (service, body, headers) =>
    service.post(`${SERVICE}/${method}`, body, headers);

export const withdrawals: Provocations = {
  getWithdrawal: notFound('GET', '/withdrawals/wdr_none'),
  listWithdrawalEntries: notFound('GET', '/withdrawals/wdr_none/entries'),
  getWithdrawalTimeline: notFound('GET', '/withdrawals/wdr_none/timeline'),
  explainWithdrawal: notFound('GET', '/withdrawals/wdr_none/explain'),
  getWithdrawalByKey: notFound('GET', '/withdrawals/by-key/none?user_id=ana'),
  createWithdrawal: creating((service, body, headers) => service.post('/withdrawals', body, headers)),
  retryWithdrawal: retrying((service, id, headers) => service.post(`/withdrawals/${id}/retry`, undefined, headers)),
  allowAddress: notFound('DELETE', `/denied-addresses/${network}/${ADDRESS}`),
  rpcGetWithdrawal: notFound('POST', `${SERVICE}/GetWithdrawal`, { withdrawal_id: 'wdr_none' }),
  rpcGetWithdrawalByKey: notFound('POST', `${SERVICE}/GetWithdrawalByKey`, { user_id: 'ana', idempotency_key: 'none' }),
  rpcCreateWithdrawal: creating(call('CreateWithdrawal')),
  rpcRetryWithdrawal: retrying((service, id, headers) =>
    call('RetryWithdrawal')(service, { withdrawal_id: id }, headers),
  ),
};
