import { keyed, limited, newName, notFound, type Provocations } from '../../support/provoke.ts';
import type { Answer, Service } from '../../support/service.ts';

const PAYMENT = { provider_id: 'pln', external_reference: 'bill', amount: 40, currency: 'IDR' };
const idr = (amount: number) => ({ amount, currency: 'IDR' });

/** A wallet with 100 IDR, and the provider. */
async function aWallet(service: Service): Promise<string> {
  const user = newName('user');
  await service.post('/providers', { provider_id: 'pln', name: 'PLN' });
  await service.post('/wallets', { user_id: user, currency: 'IDR' });
  await service.post(`/wallets/${user}/deposits`, idr(100), keyed());
  return `/wallets/${user}`;
}

async function pay(service: Service, changes: object = {}): Promise<Answer> {
  return service.post(`${await aWallet(service)}/payments`, { ...PAYMENT, ...changes }, keyed());
}

async function payAtABank(service: Service, mode: Record<string, unknown>): Promise<Answer> {
  await service.setBank(mode);
  return pay(service);
}

async function refund(service: Service, ...asked: [body: object, key: string][]): Promise<Answer> {
  const { body: paid } = await pay(service);
  const path = `/payments/${paid.payment_id}/refund`;
  const answers = [];
  for (const [body, key] of asked) answers.push(await service.post(path, body, keyed(key)));
  return answers.at(-1) as Answer;
}

export const wallets: Provocations = {
  getBalance: notFound('GET', '/wallets/none/balance'),
  listTransactions: notFound('GET', '/wallets/none/transactions'),
  getPayment: notFound('GET', '/payments/pay_none'),
  listPaymentEntries: notFound('GET', '/payments/pay_none/entries'),
  getPaymentTimeline: notFound('GET', '/payments/pay_none/timeline'),
  explainPayment: notFound('GET', '/payments/pay_none/explain'),
  getProvider: notFound('GET', '/providers/none'),
  createProvider: {
    IDEMPOTENCY_MISMATCH: async (service) => {
      await service.post('/providers', { provider_id: 'pln', name: 'PLN' });
      return service.post('/providers', { provider_id: 'pln', name: 'Another' });
    },
  },
  createDeposit: {
    ...notFound('POST', '/wallets/none/deposits', idr(1), keyed()),
    IDEMPOTENCY_MISMATCH: async (service) => {
      const wallet = await aWallet(service);
      const key = keyed();
      await service.post(`${wallet}/deposits`, idr(1), key);
      return service.post(`${wallet}/deposits`, idr(2), key);
    },
  },
  createPayment: {
    LIMIT_EXCEEDED: async (service) => {
      const own = await limited(service);
      return service.post(`${await aWallet(service)}/payments`, PAYMENT, { ...own, ...keyed() });
    },
    ...notFound('POST', '/wallets/none/payments', PAYMENT, keyed()),
    INSUFFICIENT_FUNDS: (service) => pay(service, { amount: 101 }),
    IDEMPOTENCY_MISMATCH: async (service) => {
      const path = `${await aWallet(service)}/payments`;
      const key = keyed();
      await service.post(path, PAYMENT, key);
      return service.post(path, { ...PAYMENT, amount: 41 }, key);
    },
    REQUEST_IN_PROGRESS: async (service) => {
      const path = `${await aWallet(service)}/payments`;
      const key = keyed();
      await service.setBank({ latency_ms: [250, 250] });
      const answers = await Promise.all([1, 2].map(() => service.post(path, PAYMENT, key)));
      return answers.find(({ status }) => status !== 201) as Answer;
    },
    GATEWAY_ERROR: (service) => payAtABank(service, { mode: 'declined', code: 'BANK_API_TIMEOUT' }),
    GATEWAY_TIMEOUT: (service) => payAtABank(service, { mode: 'timeout' }),
  },
  refundPayment: {
    LIMIT_EXCEEDED: async (service) => {
      const { body: paid } = await pay(service);
      const own = await limited(service);
      return service.post(`/payments/${paid.payment_id}/refund`, {}, { ...own, ...keyed() });
    },
    ...notFound('POST', '/payments/pay_none/refund', {}, keyed()),
    INVALID_STATE: (service) => refund(service, [{ amount: 41 }, 'all']),
    IDEMPOTENCY_MISMATCH: (service) => refund(service, [{ amount: 1 }, 'part'], [{ amount: 2 }, 'part']),
  },
};
