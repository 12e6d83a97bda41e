import { WithdrawalService } from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { admit, withdrawals } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { createdAnswer, gotAnswer } from '../../lib/withdrawals/answers.ts';
import { createWithdrawal, keyOf } from '../../lib/withdrawals/create-withdrawal.ts';
import { retryWithdrawal } from '../../lib/withdrawals/retry-withdrawal.ts';
import { createMessage, createRequest, idRequest, withdrawalPath } from '../../lib/withdrawals/schemas.ts';
import { createdView, gotView } from '../../lib/withdrawals/view.ts';
import { procedure } from './procedure.ts';

const createErrors = [
  'FORBIDDEN',
  'NOT_FOUND',
  'INSUFFICIENT_FUNDS',
  'LIMIT_EXCEEDED',
  'IDEMPOTENCY_MISMATCH',
] as const;
const retryErrors = ['FORBIDDEN', 'NOT_FOUND', 'INSUFFICIENT_FUNDS', 'LIMIT_EXCEEDED', 'INVALID_STATE'] as const;
const ofWithdrawal = { parameters: { withdrawal_id: '$response.body#/withdrawal/withdrawal_id' } };
const links = {
  getWithdrawal: ofWithdrawal,
  retryWithdrawal: ofWithdrawal,
  getWithdrawalByKey: {
    parameters: { key: '$response.body#/withdrawal/idempotency_key', user_id: '$response.body#/withdrawal/user_id' },
  },
};
const message = { requestBody: { withdrawalId: '$response.body#/withdrawal/withdrawalId' } };
const location = { Location: 'The path of the withdrawal.' };

export const routes = {
  createWithdrawal: route({
    method: 'POST',
    path: '/withdrawals',
    summary: 'Create a withdrawal',
    description:
      'The idempotency key is `idempotency_key` or the header; if both are given they must be equal. A key belongs to its user and never expires.',
    scope: 'withdrawals:write',
    key: 'optional',
    body: createRequest(withdrawals),
    answers: {
      201: { description: 'The withdrawal is accepted.', schema: createdAnswer, headers: location, links },
      200: {
        description: 'The key already names this withdrawal. The answer has its current state.',
        schema: createdAnswer,
        headers: location,
        links,
      },
    },
    errors: createErrors,
  })(async ({ key: header, body: { key: field, ...wanted } }) => {
    addLogFields({ user_id: wanted.userId, asset: wanted.money.currency, amount: wanted.money.minor });
    const created = await createWithdrawal(withdrawals(), wanted, keyOf(field, header));
    const { id } = created.withdrawal;
    addLogFields({ withdrawal_id: id });
    return {
      status: created.alreadyExists ? 200 : 201,
      headers: { location: `/withdrawals/${id}` },
      replayed: created.alreadyExists,
      body: createdView(created),
    };
  }),

  retryWithdrawal: route({
    method: 'POST',
    path: '/withdrawals/{withdrawal_id}/retry',
    summary: 'Retry a withdrawal that has failed',
    scope: 'withdrawals:write',
    params: withdrawalPath,
    answers: { 200: { description: 'The withdrawal is RETRYING.', schema: gotAnswer } },
    errors: retryErrors,
  })(async ({ params }) => ({
    status: 200,
    body: gotView(await retryWithdrawal(withdrawals(), params.withdrawal_id)),
  })),

  rpcCreateWithdrawal: procedure(WithdrawalService.method.createWithdrawal, {
    summary: 'Create a withdrawal',
    scope: 'withdrawals:write',
    request: createMessage(withdrawals),
    links: {
      rpcGetWithdrawal: message,
      rpcRetryWithdrawal: message,
      rpcGetWithdrawalByKey: {
        requestBody: {
          userId: '$response.body#/withdrawal/userId',
          idempotencyKey: '$response.body#/withdrawal/idempotencyKey',
        },
      },
    },
    errors: createErrors,
  })(async ({ body: { key, ...wanted } }) => createdView(await createWithdrawal(withdrawals(), wanted, key))),

  rpcRetryWithdrawal: procedure(WithdrawalService.method.retryWithdrawal, {
    summary: 'Retry a withdrawal that has failed',
    scope: 'withdrawals:write',
    request: idRequest,
    errors: retryErrors,
  })(async ({ body }) => gotView(await retryWithdrawal(withdrawals(), body.withdrawal_id))),
};

export const handler = dispatch(routes, admit);
