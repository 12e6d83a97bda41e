import { z } from 'zod';
import { APPROVAL_ID, APPROVAL_STATUSES } from '../../lib/access/approval.ts';
import {
  approvalAnswer,
  approvalView,
  approveRequest,
  policyAnswer,
  policyRequest,
  policyView,
  rejectRequest,
} from '../../lib/access/approval-answers.ts';
import { decideApproval, listApprovals, readApproval } from '../../lib/access/decide-approval.ts';
import { readPolicy, setPolicy } from '../../lib/access/set-policy.ts';
import { admit, approvals } from '../../lib/container.ts';
import { nextCursor, page } from '../../lib/edge/paging.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { pathId } from '../../lib/kernel/fields.ts';

const approvalPath = z.object({ approval_id: pathId(APPROVAL_ID) });

export const routes = {
  listApprovals: route({
    method: 'GET',
    path: '/approvals',
    summary: 'List what waits for other persons, or was decided, newest first',
    scope: 'payouts:approve',
    query: z.strictObject({
      ...page,
      status: z.enum(APPROVAL_STATUSES, `must be one of ${APPROVAL_STATUSES.join(', ')}`).optional(),
    }),
    answers: {
      200: {
        description: 'A page of approvals.',
        schema: z.object({ approvals: z.array(approvalAnswer), next_cursor: nextCursor }),
        links: { getApproval: { parameters: { approval_id: '$response.body#/approvals/0/approval_id' } } },
      },
    },
  })(async ({ query }) => {
    const { items, cursor } = await listApprovals(approvals(), query);
    return { status: 200, body: { approvals: items.map(approvalView), next_cursor: cursor ?? null } };
  }),

  getApproval: route({
    method: 'GET',
    path: '/approvals/{approval_id}',
    summary: 'Read what is asked for, by whom, and what was decided',
    scope: 'payouts:approve',
    params: approvalPath,
    answers: { 200: { description: 'The approval.', schema: approvalAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: approvalView(await readApproval(approvals(), params.approval_id)),
  })),

  approve: route({
    method: 'POST',
    path: '/approvals/{approval_id}/approve',
    summary: 'Approve what another person has asked for',
    description:
      'The last approval that is needed permits it, and starts it if the request asked for that. The same decision again changes nothing.',
    scope: 'payouts:approve',
    params: approvalPath,
    body: approveRequest,
    answers: { 200: { description: 'The approval after the decision.', schema: approvalAnswer } },
    errors: ['NOT_FOUND', 'FORBIDDEN', 'INVALID_STATE'],
  })(async ({ params, body }) => {
    const decision = { verdict: 'approve', ...body } as const;
    return { status: 200, body: approvalView(await decideApproval(approvals(), params.approval_id, decision)) };
  }),

  reject: route({
    method: 'POST',
    path: '/approvals/{approval_id}/reject',
    summary: 'Reject what another person has asked for',
    scope: 'payouts:approve',
    params: approvalPath,
    body: rejectRequest,
    answers: { 200: { description: 'The approval after the decision.', schema: approvalAnswer } },
    errors: ['NOT_FOUND', 'FORBIDDEN', 'INVALID_STATE'],
  })(async ({ params, body }) => {
    const decision = { verdict: 'reject', ...body } as const;
    return { status: 200, body: approvalView(await decideApproval(approvals(), params.approval_id, decision)) };
  }),

  getApprovalPolicy: route({
    method: 'GET',
    path: '/policies/approvals',
    summary: 'Read the rules that say what other persons have to approve',
    scope: 'admin',
    answers: { 200: { description: 'The rules.', schema: policyAnswer } },
  })(async () => ({ status: 200, body: policyView(await readPolicy(approvals())) })),

  setApprovalPolicy: route({
    method: 'PUT',
    path: '/policies/approvals',
    summary: 'Replace the rules that say what other persons have to approve',
    description: 'They hold for requests from ten seconds later at the latest.',
    scope: 'admin',
    body: policyRequest,
    answers: {
      200: { description: 'The rules hold.', schema: policyAnswer },
      202: { description: 'Another person has to approve the change.', schema: approvalAnswer },
    },
    errors: ['INVALID_STATE'],
  })(async ({ body }) => {
    const set = await setPolicy(approvals(), body.rules);
    return set.kind === 'changed'
      ? { status: 200, body: policyView(set.policy) }
      : { status: 202, body: approvalView(set.approval) };
  }),
};

export const handler = dispatch(routes, admit);
