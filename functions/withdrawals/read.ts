import { z } from 'zod';
import { WithdrawalService } from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { admit, past, withdrawals } from '../../lib/container.ts';
import { nextCursor, page } from '../../lib/edge/paging.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { explanationAnswer } from '../../lib/kernel/explanation.ts';
import { keyField } from '../../lib/kernel/idempotency.ts';
import { timelineAnswer } from '../../lib/kernel/timeline.ts';
import { entriesAnswer, journalView } from '../../lib/ledger/index.ts';
import { gotAnswer, withdrawalAnswer } from '../../lib/withdrawals/answers.ts';
import { OPEN_PARTS } from '../../lib/withdrawals/open.ts';
import { readWithdrawalEntries } from '../../lib/withdrawals/read-entries.ts';
import { readWithdrawalExplanation, readWithdrawalTimeline } from '../../lib/withdrawals/read-explanation.ts';
import {
  listOpenWithdrawals,
  listWithdrawals,
  readByKey,
  readWithdrawal,
} from '../../lib/withdrawals/read-withdrawals.ts';
import { byKeyRequest, idRequest, listFilter, listRequest, withdrawalPath } from '../../lib/withdrawals/schemas.ts';
import { gotView, listView } from '../../lib/withdrawals/view.ts';
import { procedure } from './procedure.ts';

const { getWithdrawal, getWithdrawalByKey, listWithdrawals: list } = WithdrawalService.method;

export const routes = {
  listWithdrawals: route({
    method: 'GET',
    path: '/withdrawals',
    summary: 'List the withdrawals of a user, newest first',
    scope: 'withdrawals:read',
    query: z
      .strictObject({ ...listFilter, ...page })
      .transform(({ user_id, ...wanted }) => ({ userId: user_id, ...wanted })),
    answers: {
      200: {
        description: 'A page of withdrawals. With `status` it may be short, even empty, and not be the last one.',
        schema: z.object({ withdrawals: z.array(withdrawalAnswer), next_cursor: nextCursor }),
      },
    },
  })(async ({ query }) => ({ status: 200, body: listView(await listWithdrawals(withdrawals(), query)) })),

  listOpenWithdrawals: route({
    method: 'GET',
    path: '/withdrawals/open',
    summary:
      'List the withdrawals of all users that have not ended, in one part of their index, in the order of its times',
    scope: 'withdrawals:read',
    query: z.strictObject({
      part: z.enum(OPEN_PARTS, `must be one of ${OPEN_PARTS.join(', ')}`).meta({
        description:
          'due: by the time from which a worker may take it. in_flight: leased or unknown, by the end of the lease or the next look-up. dead: by the time of its dead letter. waiting: for its approval, by its creation.',
      }),
      ...page,
    }),
    answers: {
      200: {
        description: 'A page of withdrawals. It may be short, even empty, and not be the last one.',
        schema: z.object({ withdrawals: z.array(withdrawalAnswer), next_cursor: nextCursor }),
      },
    },
  })(async ({ query }) => ({ status: 200, body: listView(await listOpenWithdrawals(withdrawals(), query)) })),

  listWithdrawalEntries: route({
    method: 'GET',
    path: '/withdrawals/{withdrawal_id}/entries',
    summary: 'List the journal entries of a withdrawal, in the order of time',
    scope: 'withdrawals:read',
    params: withdrawalPath,
    answers: {
      200: {
        description: 'Its holds, their releases and its capture. None if it is not paid from a wallet.',
        schema: entriesAnswer,
      },
    },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: journalView(await readWithdrawalEntries(withdrawals(), past(), params.withdrawal_id)),
  })),

  getWithdrawal: route({
    method: 'GET',
    path: '/withdrawals/{withdrawal_id}',
    summary: 'Read a withdrawal',
    scope: 'withdrawals:read',
    params: withdrawalPath,
    answers: { 200: { description: 'The withdrawal.', schema: gotAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: gotView(await readWithdrawal(withdrawals(), params.withdrawal_id)),
  })),

  explainWithdrawal: route({
    method: 'GET',
    path: '/withdrawals/{withdrawal_id}/explain',
    summary: 'Explain a withdrawal: why it has its status, what happens next, what a person may do',
    scope: 'withdrawals:read',
    params: withdrawalPath,
    answers: { 200: { description: 'The explanation.', schema: explanationAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: await readWithdrawalExplanation(withdrawals(), params.withdrawal_id),
  })),

  getWithdrawalTimeline: route({
    method: 'GET',
    path: '/withdrawals/{withdrawal_id}/timeline',
    summary: 'List what happened to a withdrawal, in the order of time',
    scope: 'withdrawals:read',
    params: withdrawalPath,
    answers: { 200: { description: 'The timeline.', schema: timelineAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: await readWithdrawalTimeline(withdrawals(), past(), params.withdrawal_id),
  })),

  getWithdrawalByKey: route({
    method: 'GET',
    path: '/withdrawals/by-key/{key}',
    summary: 'Read the withdrawal that a request with this key made',
    scope: 'withdrawals:read',
    params: z.object({ key: keyField }),
    query: z.strictObject({ user_id: listFilter.user_id }),
    answers: { 200: { description: 'The withdrawal.', schema: gotAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params: { key }, query: { user_id: userId } }) => ({
    status: 200,
    body: gotView(await readByKey(withdrawals(), { userId, key })),
  })),

  rpcListWithdrawals: procedure(list, {
    summary: 'List the withdrawals of a user, newest first',
    scope: 'withdrawals:read',
    request: listRequest,
  })(async ({ body }) => listView(await listWithdrawals(withdrawals(), body))),

  rpcGetWithdrawal: procedure(getWithdrawal, {
    summary: 'Read a withdrawal',
    scope: 'withdrawals:read',
    request: idRequest,
    errors: ['NOT_FOUND'],
  })(async ({ body }) => gotView(await readWithdrawal(withdrawals(), body.withdrawal_id))),

  rpcGetWithdrawalByKey: procedure(getWithdrawalByKey, {
    summary: 'Read the withdrawal that a request with this key made',
    scope: 'withdrawals:read',
    request: byKeyRequest,
    errors: ['NOT_FOUND'],
  })(async ({ body }) => gotView(await readByKey(withdrawals(), body))),
};

export const handler = dispatch(routes, admit);
