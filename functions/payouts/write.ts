import { z } from 'zod';
import { admit, payouts } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { csvAnswer } from '../../lib/edge/csv.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { time } from '../../lib/kernel/fields.ts';
import {
  batchAnswer,
  batchHeader,
  createdBatch,
  dryRunAnswer,
  keptPayouts,
  payoutAnswer,
} from '../../lib/payouts/answers.ts';
import { batchRequest, cancelRequest, scheduleRequest } from '../../lib/payouts/batch-request.ts';
import { cancelBatch } from '../../lib/payouts/cancel-batch.ts';
import { cancelPayout } from '../../lib/payouts/cancel-payout.ts';
import { createBatch } from '../../lib/payouts/create-batch.ts';
import { dryRun } from '../../lib/payouts/dry-run.ts';
import { dryRunView, refusedView } from '../../lib/payouts/dry-run-view.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { lookUpPayout } from '../../lib/payouts/look-up-payout.ts';
import { failureCodes } from '../../lib/payouts/payout-query.ts';
import { readRejected } from '../../lib/payouts/read-batches.ts';
import { rejectedCsv } from '../../lib/payouts/rejected-csv.ts';
import { fieldsOf } from '../../lib/payouts/request-entry.ts';
import { retryFailed } from '../../lib/payouts/retry-failed.ts';
import { scheduleBatch } from '../../lib/payouts/schedule-batch.ts';
import { startBatch } from '../../lib/payouts/start-batch.ts';
import { stopBatch } from '../../lib/payouts/stop-batch.ts';
import { batchView, createdView, headerView, keptView, payoutView } from '../../lib/payouts/view.ts';
import { batchPath, payoutPath } from './paths.ts';
import { uploadWrites } from './upload-routes.ts';

const ofBatch = { parameters: { batch_id: '$response.body#/batch_id' } };
const next = {
  getBatch: ofBatch,
  listPayouts: ofBatch,
  getReport: ofBatch,
  startBatch: ofBatch,
  scheduleBatch: ofBatch,
  stopBatch: ofBatch,
  retryFailed: ofBatch,
  redriveBatch: ofBatch,
  cancelBatch: ofBatch,
};

export const routes = {
  createBatch: route({
    method: 'POST',
    path: '/batches',
    summary: 'Create a batch of payouts',
    description:
      'The idempotency key is `batch_id`, else the header. A repeated request gets 201 and the bytes of the first answer, with `Idempotent-Replayed: true`: a client that timed out reads the answer that it missed.',
    scope: 'payouts:write',
    key: 'optional',
    query: z.strictObject({
      dry_run: z
        .enum(['true', 'false'], 'must be true or false')
        .optional()
        .meta({ description: 'With `true`: what the request would do now. Nothing is stored.' }),
    }),
    body: batchRequest,
    whenInvalid: ({ dry_run }, problems) =>
      dry_run === 'true' ? { status: 200, body: refusedView(problems) } : undefined,
    answers: {
      200: { description: 'With `dry_run=true`. Also of an invalid request, with its problems.', schema: dryRunAnswer },
      201: {
        description: 'The batch is stored, and started unless `auto_start` is false or it has a `start_at`.',
        schema: createdBatch,
        headers: { Location: 'The path of the batch.' },
        links: next,
      },
    },
    errors: ['REQUEST_IN_PROGRESS', 'IDEMPOTENCY_MISMATCH', 'LIMIT_EXCEEDED', 'DUPLICATE'],
  })(async ({ key, query, body }) => {
    if (query.dry_run === 'true') return { status: 200, body: dryRunView(await dryRun(payouts(), body, key)) };
    const { batch, replayed } = await createBatch(payouts(), body, key);
    addLogFields({ batch_id: batch.id });
    return { status: 201, headers: { location: `/batches/${batch.id}` }, replayed, body: createdView(batch, body) };
  }),

  getRejectedEntries: route({
    method: 'GET',
    path: '/batches/{batch_id}/rejected.csv',
    summary: 'Read the invalid entries of a request with `on_invalid: "skip"`, to correct them and send them again',
    description:
      'One line per entry with its fields as they were sent and a column `reasons`. `other_fields` has what no entry can have, as JSON. Accounts are not masked, so reading them needs the scope of sending them.',
    scope: 'payouts:write',
    params: batchPath,
    answers: {
      200: {
        description: 'Only the header if no entry was invalid.',
        type: 'text/csv',
        headers: { 'Content-Disposition': 'attachment, with a file name.' },
      },
    },
    errors: ['NOT_FOUND', 'PAYLOAD_TOO_LARGE'],
  })(async ({ params }) => {
    const id = batchIdOf(params.batch_id);
    const rejected = await readRejected(payouts(), id);
    return csvAnswer(`${id}.rejected.csv`, rejectedCsv(rejected, { columns: fieldsOf(rejected[0]?.list) }));
  }),

  startBatch: route({
    method: 'POST',
    path: '/batches/{batch_id}/start',
    summary: 'Start a batch, also a scheduled one before its time, or resume one that was stopped',
    scope: 'payouts:write',
    params: batchPath,
    answers: { 202: { description: 'The batch is in progress.', schema: batchHeader } },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params }) => ({
    status: 202,
    body: headerView(await startBatch(payouts(), batchIdOf(params.batch_id))),
  })),

  scheduleBatch: route({
    method: 'POST',
    path: '/batches/{batch_id}/schedule',
    summary: 'Change the time at which a scheduled batch starts',
    description: 'Until it starts, and only of a batch that needed no approval: the time is part of what is approved.',
    scope: 'payouts:write',
    params: batchPath,
    body: scheduleRequest,
    answers: { 200: { description: 'The batch with its time.', schema: batchHeader } },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params, body }) => ({
    status: 200,
    body: headerView(await scheduleBatch(payouts(), batchIdOf(params.batch_id), body.start_at)),
  })),

  stopBatch: route({
    method: 'POST',
    path: '/batches/{batch_id}/stop',
    summary: 'Stop a batch: once it is `stopped`, nothing is sent until start',
    scope: 'payouts:write',
    params: batchPath,
    answers: { 202: { description: 'The batch is `stopping` or `stopped`.', schema: batchHeader } },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params }) => ({
    status: 202,
    body: headerView(await stopBatch(payouts(), batchIdOf(params.batch_id))),
  })),

  retryFailed: route({
    method: 'POST',
    path: '/batches/{batch_id}/retry-failed',
    summary: 'Pay the retryable failures of a finished batch again',
    scope: 'payouts:write',
    params: batchPath,
    query: z.strictObject({ codes: failureCodes.optional() }),
    answers: {
      202: {
        description: 'The batch, and how many payouts were opened again.',
        schema: z.object({ ...batchHeader.shape, reopened_count: z.int(), requeued: z.int(), kept: keptPayouts }),
      },
    },
    errors: ['NOT_FOUND', 'INVALID_STATE', 'LIMIT_EXCEEDED'],
  })(async ({ params, query }) => {
    const { batch, reopened, kept } = await retryFailed(payouts(), batchIdOf(params.batch_id), query.codes);
    const counts = { reopened_count: reopened, requeued: reopened };
    return { status: 202, body: { ...headerView(batch), ...counts, kept: kept.map(keptView) } };
  }),

  cancelBatch: route({
    method: 'POST',
    path: '/batches/{batch_id}/cancel',
    summary: 'Cancel all payouts of a batch that were not sent',
    description:
      'Nothing is sent after the answer but calls that were under way. What was not sent is cancelled for good. What is in flight or unknown ends as the rail decides; if the rail has no record of it, it is cancelled. A repeated request has no further effect.',
    scope: 'payouts:write',
    params: batchPath,
    body: cancelRequest,
    answers: {
      202: {
        description: 'The batch is `cancelling`, or has ended; `counts` tells how many are what.',
        schema: batchAnswer,
      },
    },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params, body }) => ({
    status: 202,
    body: batchView(await cancelBatch(payouts(), batchIdOf(params.batch_id), body.reason)),
  })),

  cancelPayout: route({
    method: 'POST',
    path: '/payouts/{payout_id}/cancel',
    summary: 'Cancel a payout',
    description:
      'It is not sent after the answer, unless a call was under way. If a call of it may have reached the rail, it ends as the rail decides, and is cancelled if the rail has no record of it. A repeated request has no further effect.',
    scope: 'payouts:write',
    params: payoutPath,
    body: cancelRequest,
    answers: {
      202: {
        description: 'The payout: `cancelled`, or on its way to its end.',
        schema: payoutAnswer,
        links: { getPayout: { parameters: { payout_id: '$response.body#/payout_id' } } },
      },
    },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params, body }) => ({
    status: 202,
    body: payoutView(await cancelPayout(payouts(), params.payout_id, body.reason)),
  })),

  lookUpPayout: route({
    method: 'POST',
    path: '/payouts/{payout_id}/look-up',
    summary: 'Look a payout up at the rail now, if its outcome is unknown',
    description:
      'Brings the next look-up forward, with the round of work of its chunk: to now, or to the moment from which its last call cannot arrive any more. A repeated request has no further effect.',
    scope: 'payouts:write',
    params: payoutPath,
    answers: {
      202: {
        description: 'The payout, and when a worker may look it up.',
        schema: z.object({ ...payoutAnswer.shape, look_up_at: time() }),
      },
    },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params }) => {
    const { dueAt, ...shown } = await lookUpPayout(payouts(), params.payout_id);
    return { status: 202, body: { ...payoutView(shown), look_up_at: new Date(dueAt).toISOString() } };
  }),

  ...uploadWrites,
};

export const handler = dispatch(routes, admit);
