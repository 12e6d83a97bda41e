import type { Recorder } from '../recorder.ts';

const keyed = (key: string) => ({ 'Idempotency-Key': key });
const ANA = { params: { user_id: 'ana' } };
const BILL = { provider_id: 'pln', external_reference: 'meter-530041122233', amount: 350_000, currency: 'IDR' };
/** The service gives up on a silent gateway after this time. */
export const GATEWAY = { GATEWAY_DEADLINE_MS: '300', GATEWAY_BUDGET_MS: '1500' };

export async function walkWallets(recorder: Recorder): Promise<void> {
  await recorder.ask('createProvider', 201, { body: { provider_id: 'pln', name: 'Perusahaan Listrik Negara' } });
  await recorder.ask('createProvider', 200, { body: { provider_id: 'pln', name: 'Perusahaan Listrik Negara' } });
  await recorder.ask('getProvider', 200, { params: { provider_id: 'pln' } });
  await recorder.ask('listProviders', 200);
  await recorder.ask('createWallet', 201, { body: { user_id: 'ana', currency: 'IDR' } });
  await recorder.ask('createWallet', 200, { body: { user_id: 'ana', currency: 'ETH' } });
  const deposit = { ...ANA, headers: keyed('topup-8841'), body: { amount: 2_000_000, currency: 'IDR' } };
  await recorder.ask('createDeposit', 201, deposit);

  const payment = { ...ANA, headers: keyed('bill-2026-11'), body: BILL };
  const { json: paid } = await recorder.ask('createPayment', 201, payment);
  const paymentPath = { params: { payment_id: paid.payment_id } };
  await recorder.ask('refundPayment', 201, { ...paymentPath, headers: keyed('refund-1'), body: { amount: 50_000 } });
  await recorder.ask('getPayment', 200, paymentPath);
  await recorder.ask('explainPayment', 200, paymentPath);
  await recorder.ask('listPaymentEntries', 200, paymentPath);
  await recorder.ask('getPaymentTimeline', 200, paymentPath);
  await walkGateway(recorder);
  await recorder.ask('getBalance', 200, { ...ANA, query: { as_of: paid.created_at } });
  await recorder.ask('getBalance', 200, ANA);
  await recorder.ask('listTransactions', 200, { ...ANA, query: { limit: '3' } });

  await recorder.ask('createPayment', 409, {
    ...ANA,
    headers: keyed('too-much'),
    body: { ...BILL, amount: 90_000_000 },
  });
  await recorder.ask('refundPayment', 409, { ...paymentPath, headers: keyed('refund-2'), body: { amount: 350_000 } });
  await recorder.ask('createDeposit', 422, { ...deposit, body: { amount: 1, currency: 'IDR' } });
  await recorder.ask('getBalance', 404, { params: { user_id: 'bob' } });
}

/** What a gateway can do to a payment. */
async function walkGateway(recorder: Recorder): Promise<void> {
  const pay = (key: string) => ({ ...ANA, headers: keyed(key), body: { ...BILL, amount: 20_000 } });
  await recorder.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
  await recorder.ask('createPayment', 200, pay('declined'));
  await recorder.setBank({ mode: 'declined', code: 'BANK_API_TIMEOUT' });
  await recorder.ask('createPayment', 502, pay('broken'));
  await recorder.setBank({ mode: 'timeout' });
  const late = recorder.ask('createPayment', 504, pay('late'));
  await new Promise((resolve) => setTimeout(resolve, 100));
  await recorder.ask('createPayment', 409, pay('late'));
  await late;
  await recorder.setBank({ mode: 'happy' });
}
