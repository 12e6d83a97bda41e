import { admit, wallets } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import {
  createdPaymentAnswer,
  depositAnswer,
  providerAnswer,
  refundAnswer,
  walletAnswer,
} from '../../lib/wallets/answers.ts';
import { createProvider } from '../../lib/wallets/create-provider.ts';
import { deposit } from '../../lib/wallets/deposit.ts';
import { walletOwner } from '../../lib/wallets/ids.ts';
import { openWallet } from '../../lib/wallets/open-wallet.ts';
import { pay } from '../../lib/wallets/pay.ts';
import { refundPayment } from '../../lib/wallets/refund-payment.ts';
import {
  depositRequest,
  paymentRequest,
  providerRequest,
  refundRequest,
  walletRequest,
} from '../../lib/wallets/schemas.ts';
import { answerView, depositView, providerView, refundedView, walletView } from '../../lib/wallets/view.ts';
import { paymentPath, walletPath } from './paths.ts';

const balancePath = { Location: 'The path of the balance.' };
const pathOfPayment = { Location: 'The path of the payment.' };
const pathOfProvider = { Location: 'The path of the provider.' };

const ofWallet = { parameters: { user_id: '$response.body#/user_id' } };
const ofPayment = { parameters: { payment_id: '$response.body#/payment_id' } };
const ofProvider = { parameters: { provider_id: '$response.body#/provider_id' } };
const afterWallet = {
  getBalance: ofWallet,
  listTransactions: ofWallet,
  createDeposit: {
    ...ofWallet,
    requestBody: { currency: '$response.body#/balances/0/currency' },
  },
  createPayment: ofWallet,
};
const afterDeposit = {
  getBalance: ofWallet,
  listTransactions: ofWallet,
  createPayment: { ...ofWallet, requestBody: { currency: '$response.body#/currency' } },
};
const afterPayment = { getPayment: ofPayment, refundPayment: ofPayment };

export const routes = {
  createWallet: route({
    method: 'POST',
    path: '/wallets',
    summary: 'Create a wallet, or add a currency to one',
    scope: 'wallets:write',
    body: walletRequest(wallets),
    answers: {
      200: {
        description: 'The wallet existed. It has the currency now.',
        schema: walletAnswer,
        headers: balancePath,
        links: afterWallet,
      },
      201: { description: 'The wallet is created.', schema: walletAnswer, headers: balancePath, links: afterWallet },
    },
  })(async ({ body: { user_id: userId, currency } }) => {
    const { wallet, isNew } = await openWallet(wallets(), { userId, currency });
    return {
      status: isNew ? 201 : 200,
      headers: { location: `/wallets/${encodeURIComponent(userId)}/balance` },
      body: walletView(wallet),
    };
  }),

  createDeposit: route({
    method: 'POST',
    path: '/wallets/{user_id}/deposits',
    summary: 'Put money into a wallet',
    scope: 'wallets:write',
    params: walletPath,
    key: 'required',
    body: depositRequest(wallets),
    answers: {
      201: {
        description: 'The deposit, with the balance after it.',
        schema: depositAnswer,
        links: afterDeposit,
      },
    },
    errors: ['NOT_FOUND', 'IDEMPOTENCY_MISMATCH'],
  })(async ({ params, key, body: { amount, currency } }) => {
    const userId = walletOwner(params.user_id);
    addLogFields({ user_id: userId, amount, currency });
    const { line, replayed } = await deposit(wallets(), { userId, money: { minor: amount, currency } }, key);
    return { status: 201, replayed, body: depositView(userId, line) };
  }),

  createPayment: route({
    method: 'POST',
    path: '/wallets/{user_id}/payments',
    summary: 'Pay a provider out of a wallet',
    description:
      'A repeated request is the same payment, and the answer has its status: repeat it after 504, under the same key. After 502 the money is back in the wallet: pay under a new key. The key never expires.',
    scope: 'wallets:write',
    params: walletPath,
    key: 'required',
    body: paymentRequest,
    answers: {
      200: {
        description: 'DECLINED: the gateway refuses to charge. The money is back in the wallet.',
        schema: createdPaymentAnswer,
        headers: pathOfPayment,
        links: afterPayment,
      },
      201: {
        description: 'APPROVED: the gateway charged.',
        schema: createdPaymentAnswer,
        headers: pathOfPayment,
        links: afterPayment,
      },
    },
    errors: [
      'NOT_FOUND',
      'INSUFFICIENT_FUNDS',
      'LIMIT_EXCEEDED',
      'REQUEST_IN_PROGRESS',
      'IDEMPOTENCY_MISMATCH',
      'GATEWAY_ERROR',
      'GATEWAY_TIMEOUT',
    ],
  })(async ({ params, key, deadline, body }) => {
    const { provider_id: providerId, external_reference: externalReference, amount, currency } = body;
    const userId = walletOwner(params.user_id);
    addLogFields({ user_id: userId, provider_id: providerId, external_reference: externalReference, amount, currency });
    const asked = { userId, providerId, externalReference, money: { minor: amount, currency } };
    const { payment, replayed } = await pay(wallets(), asked, key, deadline);
    addLogFields({ payment_id: payment.id, payment_status: payment.status });
    return {
      status: payment.status === 'APPROVED' ? 201 : 200,
      headers: { location: `/payments/${payment.id}` },
      replayed,
      body: answerView(payment),
    };
  }),

  refundPayment: route({
    method: 'POST',
    path: '/payments/{payment_id}/refund',
    summary: 'Return an approved payment to the wallet, or a part of it',
    scope: 'wallets:write',
    params: paymentPath,
    key: 'required',
    body: refundRequest,
    answers: {
      201: {
        description: 'The refund.',
        schema: refundAnswer,
        headers: pathOfPayment,
      },
    },
    errors: ['NOT_FOUND', 'INVALID_STATE', 'LIMIT_EXCEEDED', 'IDEMPOTENCY_MISMATCH'],
  })(async ({ params, key, body }) => {
    const refunded = await refundPayment(wallets(), params.payment_id, body.amount, key);
    const { payment, refund, replayed } = refunded;
    const { currency } = payment.money;
    addLogFields({ user_id: payment.userId, refund_id: refund.id, amount: refund.minor, currency });
    return { status: 201, headers: { location: `/payments/${payment.id}` }, replayed, body: refundedView(refunded) };
  }),

  createProvider: route({
    method: 'POST',
    path: '/providers',
    summary: 'Create a provider, a receiver of payments',
    scope: 'wallets:write',
    body: providerRequest,
    answers: {
      200: {
        description: 'The provider existed.',
        schema: providerAnswer,
        headers: pathOfProvider,
        links: { getProvider: ofProvider },
      },
      201: {
        description: 'The provider is created.',
        schema: providerAnswer,
        headers: pathOfProvider,
        links: { getProvider: ofProvider },
      },
    },
    errors: ['IDEMPOTENCY_MISMATCH'],
  })(async ({ body: { provider_id: id, name } }) => {
    const { provider, isNew } = await createProvider(wallets(), { id, name });
    return {
      status: isNew ? 201 : 200,
      headers: { location: `/providers/${provider.id}` },
      body: providerView(provider),
    };
  }),
};

export const handler = dispatch(routes, admit);
