/*
 * The smallest bodies that POST routes accept, for tests of what every route has in common.
 */

export const WALLET = { user_id: 'ana', currency: 'IDR' };
export const DEPOSIT = { amount: 1, currency: 'IDR' };
/** A product, and an order for it. */
export const POSTER = { id: 'poster', name: 'Poster', stock: 1, price_cents: 500 };
export const ORDER = { buyer_id: 'ana', product_id: 'poster', quantity: 1 };
/** A transaction. */
export const ROW = {
  id: 't',
  merchant_id: 'm',
  amount_cents: 1,
  fee_cents: 0,
  status: 'PAID',
  paid_at: '2024-05-01T12:00:00Z',
};
/** Of a settlement. */
export const DAYS = { from: '2024-05-01', to: '2024-05-01' };
/** An item of a batch. */
export const PAYOUT = { external_id: 'e', user_id: 'u', amount_cents: 1, pix_key: 'ana@example.com' };
export const WITHDRAWAL = {
  ...{ idempotency_key: 'k', user_id: 'ana', asset: 'ETH', amount: '1000000000000000000', network: 'ethereum' },
  ...{ destination_address: '0x52908400098527886E0F7030069857D2E4169EE7', source: 'external' },
};
