import { z } from 'zod';
import { admit, past, payouts } from '../../lib/container.ts';
import { csvAnswer } from '../../lib/edge/csv.ts';
import { anyPageSize, nextCursor, page, pageNumber, pageSize } from '../../lib/edge/paging.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { explanationAnswer } from '../../lib/kernel/explanation.ts';
import { timelineAnswer } from '../../lib/kernel/timeline.ts';
import {
  batchAnswer,
  batchHeader,
  chunkAnswer,
  overviewAnswer,
  payoutAnswer,
  reportAnswer,
} from '../../lib/payouts/answers.ts';
import { BATCH_STATUSES } from '../../lib/payouts/batch.ts';
import { readBatchExplanation, readPayoutExplanation } from '../../lib/payouts/explain/read.ts';
import { readPayoutTimeline } from '../../lib/payouts/explain/read-timeline.ts';
import { findPayouts } from '../../lib/payouts/find-payouts.ts';
import { batchIdOf } from '../../lib/payouts/ids.ts';
import { PAYOUT_STATUSES } from '../../lib/payouts/payout.ts';
import { payoutQuery } from '../../lib/payouts/payout-query.ts';
import { listBatches, listPayouts, readAllPayouts, readBatch, readPayout } from '../../lib/payouts/read-batches.ts';
import { readOverview } from '../../lib/payouts/read-overview.ts';
import { reportCsv, reportJson } from '../../lib/payouts/report.ts';
import { batchView, chunkView, headerView, overviewView, payoutView } from '../../lib/payouts/view.ts';
import { batchPath, payoutPath } from './paths.ts';
import { uploadReads } from './upload-routes.ts';

export const routes = {
  listBatches: route({
    method: 'GET',
    path: '/batches',
    summary: 'List batches, newest first',
    scope: 'payouts:read',
    query: z.strictObject({
      ...page,
      status: z.enum(BATCH_STATUSES, `must be one of ${BATCH_STATUSES.join(', ')}`).optional(),
    }),
    answers: {
      200: {
        description: 'A page of batches. By status it may be short, even empty, and not be the last one.',
        schema: z.object({ batches: z.array(batchHeader), next_cursor: nextCursor }),
      },
    },
  })(async ({ query }) => {
    const { items, cursor } = await listBatches(payouts(), query);
    return { status: 200, body: { batches: items.map(headerView), next_cursor: cursor ?? null } };
  }),

  getBatch: route({
    method: 'GET',
    path: '/batches/{batch_id}',
    summary: 'Read a batch with the number of payouts in each status',
    scope: 'payouts:read',
    params: batchPath,
    answers: { 200: { description: 'The batch.', schema: batchAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: batchView(await readBatch(payouts(), batchIdOf(params.batch_id))),
  })),

  explainBatch: route({
    method: 'GET',
    path: '/batches/{batch_id}/explain',
    summary: 'Explain a batch: why it has its status, what happens next, what a person may do',
    scope: 'payouts:read',
    params: batchPath,
    answers: { 200: { description: 'The explanation.', schema: explanationAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: await readBatchExplanation(payouts(), batchIdOf(params.batch_id)),
  })),

  listChunks: route({
    method: 'GET',
    path: '/batches/{batch_id}/chunks',
    summary: 'List the chunks of a batch: which worker holds each one, and the statuses of its payouts',
    scope: 'payouts:read',
    params: batchPath,
    answers: { 200: { description: 'All chunks, in order.', schema: z.object({ chunks: z.array(chunkAnswer) }) } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => {
    const { chunks } = await readBatch(payouts(), batchIdOf(params.batch_id));
    return { status: 200, body: { chunks: chunks.map(chunkView) } };
  }),

  listPayouts: route({
    method: 'GET',
    path: '/batches/{batch_id}/payouts',
    summary: 'List the payouts of a batch, in the order of the request',
    scope: 'payouts:read',
    params: batchPath,
    query: z
      .strictObject({
        ...page,
        limit: anyPageSize.optional(),
        status: z.enum(PAYOUT_STATUSES, `must be one of ${PAYOUT_STATUSES.join(', ')}`).optional(),
        page: pageNumber,
        page_size: pageSize,
      })
      .transform(({ status, cursor, limit, page: number, page_size: size }) => ({
        status,
        cursor,
        limit,
        number,
        size,
      })),
    answers: {
      200: {
        description: 'A page of payouts, by `cursor` and `limit` or by `page` and `page_size`.',
        schema: z.object({
          payouts: z.array(payoutAnswer),
          page: z.int(),
          page_size: z.int(),
          total_count: z.int(),
          next_cursor: nextCursor,
        }),
        links: { getPayout: { parameters: { payout_id: '$response.body#/payouts/0/payout_id' } } },
      },
    },
    errors: ['NOT_FOUND'],
  })(async ({ params, query: { status, cursor, limit, number, size } }) => {
    const wanted = { status, cursor, limit: limit ?? size, page: number };
    const found = await listPayouts(payouts(), batchIdOf(params.batch_id), wanted);
    return {
      status: 200,
      body: {
        payouts: found.payouts.map(payoutView),
        page: number,
        page_size: wanted.limit,
        total_count: found.totalCount,
        next_cursor: found.cursor ?? null,
      },
    };
  }),

  getReport: route({
    method: 'GET',
    path: '/batches/{batch_id}/report',
    summary: 'Read the result of a batch as JSON, or as CSV with `Accept: text/csv`',
    scope: 'payouts:read',
    params: batchPath,
    answers: {
      200: {
        description: 'Totals, each payout in short, failures by code. The CSV has one line per payout.',
        schema: reportAnswer,
        type: 'text/csv',
        headers: { 'Content-Disposition': 'Of the CSV: attachment, with a file name.' },
      },
    },
    errors: ['NOT_FOUND', 'PAYLOAD_TOO_LARGE'],
  })(async ({ params, headers }) => {
    const id = batchIdOf(params.batch_id);
    const whole = await readAllPayouts(payouts(), id);
    if (!headers.accept?.includes('text/csv')) return { status: 200, body: reportJson(whole) };
    return csvAnswer(`${id}.csv`, reportCsv(whole));
  }),

  findPayouts: route({
    method: 'GET',
    path: '/payouts',
    summary: 'Find payouts by their own id, a transaction, their batch, or a status that a person may have to act on',
    scope: 'payouts:read',
    query: payoutQuery(page),
    answers: {
      200: {
        description: 'A page of payouts. By status it may be short, even empty, and not be the last one.',
        schema: z.object({ payouts: z.array(payoutAnswer), next_cursor: nextCursor }),
        links: { getPayout: { parameters: { payout_id: '$response.body#/payouts/0/payout_id' } } },
      },
    },
    errors: ['NOT_FOUND'],
  })(async ({ query }) => {
    const { items, cursor } = await findPayouts(payouts(), query.wanted, query);
    return { status: 200, body: { payouts: items.map(payoutView), next_cursor: cursor ?? null } };
  }),

  getOverview: route({
    method: 'GET',
    path: '/payouts/overview',
    summary: 'Read what moves now: batches, payouts and money under way, and what may need a person',
    scope: 'payouts:read',
    answers: { 200: { description: 'The overview.', schema: overviewAnswer } },
    polled: true,
  })(async () => ({ status: 200, body: overviewView(await readOverview(payouts())) })),

  getPayout: route({
    method: 'GET',
    path: '/payouts/{payout_id}',
    summary: 'Read a payout',
    scope: 'payouts:read',
    params: payoutPath,
    answers: { 200: { description: 'The payout.', schema: payoutAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({ status: 200, body: payoutView(await readPayout(payouts(), params.payout_id)) })),

  explainPayout: route({
    method: 'GET',
    path: '/payouts/{payout_id}/explain',
    summary:
      'Explain a payout: why it has its status, what was asked of the rail, what happens next, what a person may do',
    scope: 'payouts:read',
    params: payoutPath,
    answers: { 200: { description: 'The explanation.', schema: explanationAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({ status: 200, body: await readPayoutExplanation(payouts(), params.payout_id) })),

  getPayoutTimeline: route({
    method: 'GET',
    path: '/payouts/{payout_id}/timeline',
    summary: 'List what happened to a payout, in the order of time',
    scope: 'payouts:read',
    params: payoutPath,
    answers: { 200: { description: 'The timeline.', schema: timelineAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({ status: 200, body: await readPayoutTimeline(payouts(), past(), params.payout_id) })),

  ...uploadReads,
};

export const handler = dispatch(routes, admit);
