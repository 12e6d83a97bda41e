import { z } from 'zod';
import { admit, past, wallets } from '../../lib/container.ts';
import { nextCursor, page } from '../../lib/edge/paging.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { explanationAnswer, timeText } from '../../lib/kernel/explanation.ts';
import { instant, NAME, pathId } from '../../lib/kernel/fields.ts';
import { timelineAnswer } from '../../lib/kernel/timeline.ts';
import { entriesAnswer, journalView } from '../../lib/ledger/index.ts';
import { balanceAnswer, lineAnswer, paymentAnswer, providerAnswer } from '../../lib/wallets/answers.ts';
import { listProviders, readProvider } from '../../lib/wallets/create-provider.ts';
import { walletOwner } from '../../lib/wallets/ids.ts';
import { readWallet, readWalletAt } from '../../lib/wallets/open-wallet.ts';
import { readPaymentEntries } from '../../lib/wallets/read-entries.ts';
import { readPaymentExplanation, readPaymentTimeline } from '../../lib/wallets/read-explanation.ts';
import { readPayment } from '../../lib/wallets/read-payment.ts';
import { readStatement, STATEMENT_TYPES } from '../../lib/wallets/read-statement.ts';
import { balanceView, lineView, paymentView, providerView } from '../../lib/wallets/view.ts';
import { paymentPath, walletPath } from './paths.ts';

export const routes = {
  getBalance: route({
    method: 'GET',
    path: '/wallets/{user_id}/balance',
    summary: 'Read the balances of a wallet, now or at an earlier time',
    scope: 'wallets:read',
    params: walletPath,
    query: z.strictObject({
      as_of: instant.optional().meta({ description: 'The sum of all entries until this time, which is included.' }),
    }),
    answers: { 200: { description: 'One balance per currency or asset.', schema: balanceAnswer } },
    errors: ['NOT_FOUND'],
  })(async ({ params, query: { as_of: time } }) => {
    const userId = walletOwner(params.user_id);
    if (time === undefined) return { status: 200, body: balanceView(await readWallet(wallets(), userId)) };
    const asOf = timeText(time);
    return { status: 200, body: balanceView(await readWalletAt(wallets(), userId, asOf), asOf) };
  }),

  listTransactions: route({
    method: 'GET',
    path: '/wallets/{user_id}/transactions',
    summary: 'List the transactions of a wallet, newest first',
    description: 'With a filter a page may be short, even empty, and not be the last one.',
    scope: 'wallets:read',
    params: walletPath,
    query: z.strictObject({
      ...page,
      type: z.enum(STATEMENT_TYPES, `must be one of ${STATEMENT_TYPES.join(', ')}`).optional(),
      from: instant.optional().meta({ description: 'Included.' }),
      to: instant.optional().meta({ description: 'Not included.' }),
    }),
    answers: {
      200: {
        description: 'A page of transactions.',
        schema: z.object({ transactions: z.array(lineAnswer), next_cursor: nextCursor }),
      },
    },
    errors: ['NOT_FOUND'],
  })(async ({ params, query }) => {
    const userId = walletOwner(params.user_id);
    const { items, cursor } = await readStatement(wallets(), userId, query);
    return {
      status: 200,
      body: { transactions: items.map((line) => lineView(userId, line)), next_cursor: cursor ?? null },
    };
  }),

  getPayment: route({
    method: 'GET',
    path: '/payments/{payment_id}',
    summary: 'Read a payment with its refunds',
    scope: 'wallets:read',
    params: paymentPath,
    answers: { 200: { description: 'The payment.', schema: paymentAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({ status: 200, body: paymentView(await readPayment(wallets(), params.payment_id)) })),

  explainPayment: route({
    method: 'GET',
    path: '/payments/{payment_id}/explain',
    summary: 'Explain a payment: why it has its status, what happens next, what a person may do',
    scope: 'wallets:read',
    params: paymentPath,
    answers: { 200: { description: 'The explanation.', schema: explanationAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({ status: 200, body: await readPaymentExplanation(wallets(), params.payment_id) })),

  listPaymentEntries: route({
    method: 'GET',
    path: '/payments/{payment_id}/entries',
    summary: 'List the journal entries of a payment, in the order of time',
    scope: 'wallets:read',
    params: paymentPath,
    answers: { 200: { description: 'Its debit, its capture or its return, and its refunds.', schema: entriesAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: journalView(await readPaymentEntries(wallets(), params.payment_id)),
  })),

  getPaymentTimeline: route({
    method: 'GET',
    path: '/payments/{payment_id}/timeline',
    summary: 'List what happened to a payment, in the order of time',
    scope: 'wallets:read',
    params: paymentPath,
    answers: { 200: { description: 'The timeline.', schema: timelineAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({ status: 200, body: await readPaymentTimeline(wallets(), past(), params.payment_id) })),

  listProviders: route({
    method: 'GET',
    path: '/providers',
    summary: 'List providers, newest first',
    scope: 'wallets:read',
    query: z.strictObject(page),
    answers: {
      200: {
        description: 'A page of providers.',
        schema: z.object({ providers: z.array(providerAnswer), next_cursor: nextCursor }),
      },
    },
  })(async ({ query }) => {
    const { items, cursor } = await listProviders(wallets(), query);
    return { status: 200, body: { providers: items.map(providerView), next_cursor: cursor ?? null } };
  }),

  getProvider: route({
    method: 'GET',
    path: '/providers/{provider_id}',
    summary: 'Read a provider',
    scope: 'wallets:read',
    params: z.object({ provider_id: pathId(NAME) }),
    answers: { 200: { description: 'The provider.', schema: providerAnswer } },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => ({ status: 200, body: providerView(await readProvider(wallets(), params.provider_id)) })),
};

export const handler = dispatch(routes, admit);
