import { z } from 'zod';
import { WithdrawalProcessorService } from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { approvalAnswer, approvalView } from '../../lib/access/approval-answers.ts';
import { admit, withdrawals } from '../../lib/container.ts';
import { nextCursor, page } from '../../lib/edge/paging.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { deniedAnswer, processorAnswer, statsAnswer } from '../../lib/withdrawals/answers.ts';
import { allowAddress, denyAddress, listDenied } from '../../lib/withdrawals/deny-list.ts';
import { readStats, startProcessor, stopProcessor } from '../../lib/withdrawals/processor.ts';
import { redriveWithdrawals } from '../../lib/withdrawals/redrive-withdrawals.ts';
import { deniedPath, denyRequest, networkField } from '../../lib/withdrawals/schemas.ts';
import { deniedListView, deniedView, processorView, statsView } from '../../lib/withdrawals/view.ts';
import { procedure } from './procedure.ts';

const service = WithdrawalProcessorService.method;

export const routes = {
  startProcessor: route({
    method: 'POST',
    path: '/processors/withdrawals/start',
    summary: 'Start the processor of withdrawals',
    scope: 'operations',
    answers: { 200: { description: 'The processor is RUNNING.', schema: processorAnswer } },
  })(async ({ deadline }) => ({ status: 200, body: processorView(await startProcessor(withdrawals(), deadline)) })),

  stopProcessor: route({
    method: 'POST',
    path: '/processors/withdrawals/stop',
    summary: 'Stop the processor: once it is `STOPPED`, nothing is sent until start',
    scope: 'operations',
    answers: { 200: { description: 'The processor is STOPPING or STOPPED.', schema: processorAnswer } },
  })(async () => ({ status: 200, body: processorView(await stopProcessor(withdrawals())) })),

  getProcessorStats: route({
    method: 'GET',
    path: '/processors/withdrawals/stats',
    summary: 'Count the withdrawals by status and outcome',
    scope: 'operations',
    answers: { 200: { description: 'The state of the processor, its queue and the counts.', schema: statsAnswer } },
  })(async () => ({ status: 200, body: statsView(await readStats(withdrawals())) })),

  redriveWithdrawals: route({
    method: 'POST',
    path: '/processors/withdrawals/redrive',
    summary: 'Send dead-lettered withdrawals to the workers again, up to 5,000: repeat it until 0',
    scope: 'operations',
    answers: { 200: { description: 'How many were sent.', schema: z.object({ redriven: z.int() }) } },
  })(async () => ({ status: 200, body: { redriven: await redriveWithdrawals(withdrawals()) } })),

  listDeniedAddresses: route({
    method: 'GET',
    path: '/denied-addresses',
    summary: 'List the denied addresses of a network, newest first',
    scope: 'operations',
    query: z.strictObject({ network: networkField, ...page }),
    answers: {
      200: {
        description: 'A page of addresses.',
        schema: z.object({ addresses: z.array(deniedAnswer), next_cursor: nextCursor }),
      },
    },
  })(async ({ query }) => ({ status: 200, body: deniedListView(await listDenied(withdrawals(), query)) })),

  denyAddress: route({
    method: 'PUT',
    path: '/denied-addresses/{network}/{address}',
    summary: 'Deny an address: nothing is sent to it',
    scope: 'operations',
    params: deniedPath,
    body: denyRequest,
    answers: {
      201: { description: 'The address is denied.', schema: deniedAnswer },
      200: { description: 'It was denied before; the reason is replaced.', schema: deniedAnswer },
    },
  })(async ({ params, body: { reason } }) => {
    const { denied, isNew } = await denyAddress(withdrawals(), { ...params, reason });
    return { status: isNew ? 201 : 200, body: deniedView(denied) };
  }),

  allowAddress: route({
    method: 'DELETE',
    path: '/denied-addresses/{network}/{address}',
    summary: 'Allow a denied address again',
    scope: 'operations',
    params: deniedPath,
    answers: {
      204: { description: 'The address is no longer denied.' },
      202: { description: 'A rule asks for the approval of another person first.', schema: approvalAnswer },
    },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => {
    const approval = await allowAddress(withdrawals(), params);
    return approval ? { status: 202, body: approvalView(approval) } : { status: 204, body: '' };
  }),

  rpcStartProcessor: procedure(service.startProcessor, {
    summary: 'Start the processor of withdrawals',
    scope: 'operations',
  })(async ({ deadline }) => processorView(await startProcessor(withdrawals(), deadline))),

  rpcStopProcessor: procedure(service.stopProcessor, {
    summary: 'Stop the processor: once it is STOPPED, nothing is sent until start',
    scope: 'operations',
  })(async () => processorView(await stopProcessor(withdrawals()))),

  rpcGetProcessorStats: procedure(service.getProcessorStats, {
    summary: 'Count the withdrawals by status and outcome',
    scope: 'operations',
  })(async () => statsView(await readStats(withdrawals()))),
};

export const handler = dispatch(routes, admit);
