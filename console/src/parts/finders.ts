import type { KeyScope, Payout } from '../../../client/index.ts';
import { api } from '../api.ts';
import { daysAgo } from '../days.ts';

export type Found = {
  readonly kind: string;
  readonly id: string;
  readonly to: string;
  readonly search?: Readonly<Record<string, string>>;
};

type Finder = {
  readonly scope: KeyScope;
  /** What an id of this kind looks like. */
  readonly matches: RegExp;
  /** @throws SluiceError if there is none */
  readonly find: (id: string, signal: AbortSignal) => Promise<Found[]>;
};

const PAYOUT_ID = /^[A-Za-z0-9][\w-]{0,63}\.\d{4}\.\d{6}$/;
const MERCHANT_ID = /^[A-Za-z0-9][\w.:-]{0,63}$/;
/** Of batches and products. */
const NAME = /^[A-Za-z0-9][\w-]{0,63}$/;
const USER_ID = /^[A-Za-z0-9][A-Za-z0-9_.:@+|-]{0,127}$/;

const asPayouts = (payouts: readonly Payout[], kind: string): Found[] =>
  payouts.map(({ payout_id }) => ({ kind, id: payout_id, to: `/payouts/${payout_id}` }));

/** What the search looks up. */
export const FINDERS: readonly Finder[] = [
  {
    scope: 'payouts:read',
    matches: PAYOUT_ID,
    find: async (id, signal) => asPayouts([await api.batches.payout(id, { signal })], 'Payout'),
  },
  {
    scope: 'payouts:read',
    matches: NAME,
    find: async (id, signal) => {
      const { batch_id } = await api.batches.get(id, { signal });
      return [{ kind: 'Batch', id: batch_id, to: `/batches/${batch_id}` }];
    },
  },
  {
    scope: 'withdrawals:read',
    matches: /^wdr_/,
    find: async (id, signal) => {
      const { withdrawal_id } = await api.withdrawals.get(id, { signal });
      return [{ kind: 'Withdrawal', id: withdrawal_id, to: `/withdrawals/${withdrawal_id}` }];
    },
  },
  {
    scope: 'wallets:read',
    matches: /^pay_/,
    find: async (id, signal) => {
      const { payment_id } = await api.payments.get(id, { signal });
      return [{ kind: 'Payment', id: payment_id, to: `/payments/${payment_id}` }];
    },
  },
  {
    scope: 'wallets:read',
    matches: USER_ID,
    find: async (id, signal) => {
      const { user_id } = await api.wallets.balance(id, { signal });
      return [{ kind: 'Wallet', id: user_id, to: `/wallets/${encodeURIComponent(user_id)}` }];
    },
  },
  {
    scope: 'orders:read',
    matches: /^ord_/,
    find: async (id, signal) => {
      const order = await api.orders.get(id, { signal });
      return [{ kind: 'Order', id: order.id, to: `/orders/${order.id}` }];
    },
  },
  {
    scope: 'orders:read',
    matches: NAME,
    find: async (id, signal) => {
      const product = await api.products.get(id, { signal });
      return [{ kind: 'Product', id: product.id, to: `/products/${product.id}` }];
    },
  },
  {
    scope: 'payouts:approve',
    matches: /^apr_/,
    find: async (id, signal) => {
      const { approval_id } = await api.approvals.get(id, { signal });
      return [{ kind: 'Approval', id: approval_id, to: `/approvals/${approval_id}` }];
    },
  },
  {
    scope: 'payouts:read',
    matches: /^upl_/,
    find: async (id, signal) => {
      const { upload_id } = await api.uploads.get(id, { signal });
      return [{ kind: 'Upload', id: upload_id, to: `/uploads/${upload_id}` }];
    },
  },
  {
    scope: 'settlement:read',
    matches: /^job_/,
    find: async (id, signal) => {
      const { job_id } = await api.jobs.get(id, { signal });
      return [{ kind: 'Settlement', id: job_id, to: `/settlement/${job_id}` }];
    },
  },
  {
    scope: 'transactions:read',
    matches: /^imp_/,
    find: async (id, signal) => {
      const { import_id } = await api.imports.get(id, { signal });
      return [{ kind: 'Import of transactions', id: import_id, to: `/imports/${import_id}` }];
    },
  },
  {
    scope: 'settlement:read',
    matches: MERCHANT_ID,
    find: async (merchant, signal) => {
      const range = { from: daysAgo(30), to: daysAgo(0) };
      const { body } = await api.request(
        'listSettlements',
        { query: { ...range, merchant_id: merchant, limit: 1 } },
        { signal },
      );
      if (body.settlements.length === 0) return [];
      return [{ kind: 'Merchant', id: merchant, to: '/settlement/days', search: { merchant, ...range } }];
    },
  },
  {
    scope: 'webhooks:read',
    matches: /^webhook_/,
    find: async (id, signal) => {
      const { endpoint_id } = await api.webhookEndpoints.get(id, { signal });
      return [{ kind: 'Webhook endpoint', id: endpoint_id, to: `/webhooks/${endpoint_id}` }];
    },
  },
  {
    scope: 'webhooks:read',
    matches: /^msg_/,
    find: async (id, signal) => {
      const { delivery_id } = await api.webhookDeliveries.get(id, { signal });
      return [{ kind: 'Delivery', id: delivery_id, to: `/deliveries/${delivery_id}` }];
    },
  },
  {
    scope: 'payouts:read',
    matches: /./,
    find: async (id, signal) =>
      asPayouts(await api.batches.findPayouts({ external_id: id }, { signal }).all(), `Payout with your id ${id}:`),
  },
  {
    scope: 'payouts:read',
    matches: /./,
    find: async (id, signal) =>
      asPayouts(
        await api.batches.findPayouts({ transaction_id: id }, { signal }).all(),
        `Payout of transaction ${id}:`,
      ),
  },
];
