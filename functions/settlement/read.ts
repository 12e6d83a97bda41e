import { z } from 'zod';
import { admit, settlement } from '../../lib/container.ts';
import { linkAnswer, toLink } from '../../lib/edge/link.ts';
import { nextCursor, page } from '../../lib/edge/paging.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { explanationAnswer } from '../../lib/kernel/explanation.ts';
import { pathId } from '../../lib/kernel/fields.ts';
import { jobAnswer, jobWithProgress, settlementAnswer } from '../../lib/settlement/answers.ts';
import { explainJob } from '../../lib/settlement/explain-job.ts';
import { listSettlements } from '../../lib/settlement/list-settlements.ts';
import { JOB_FILE, jobIdOf, linkToFile, listJobs, readJob } from '../../lib/settlement/read-jobs.ts';
import { settlementsQuery } from '../../lib/settlement/requests.ts';
import { jobView, progressView, settlementView } from '../../lib/settlement/view.ts';
import { jobPath } from './paths.ts';

export const routes = {
  listJobs: route({
    method: 'GET',
    path: '/jobs',
    summary: 'List jobs, newest first',
    scope: 'settlement:read',
    query: z.strictObject(page),
    answers: {
      200: { description: 'A page of jobs.', schema: z.object({ jobs: z.array(jobAnswer), next_cursor: nextCursor }) },
    },
  })(async ({ query }) => {
    const { items, cursor } = await listJobs(settlement(), query);
    return { status: 200, body: { jobs: items.map(jobView), next_cursor: cursor ?? null } };
  }),

  getJob: route({
    method: 'GET',
    path: '/jobs/{job_id}',
    summary: 'Read a job with its progress',
    scope: 'settlement:read',
    params: jobPath,
    answers: { 200: { description: 'The job.', schema: jobWithProgress } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: progressView(await readJob(settlement(), jobIdOf(params.job_id))),
  })),

  explainJob: route({
    method: 'GET',
    path: '/jobs/{job_id}/explain',
    summary: 'Explain a job: why it has its status, what happens next, what a person may do',
    scope: 'settlement:read',
    params: jobPath,
    answers: { 200: { description: 'The explanation.', schema: explanationAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({ status: 200, body: explainJob(await readJob(settlement(), jobIdOf(params.job_id))) })),

  download: route({
    method: 'GET',
    path: '/downloads/{file}',
    summary: 'Download the file of a completed job, or its manifest',
    scope: 'settlement:read',
    params: z.object({ file: pathId(JOB_FILE).meta({ description: '`<job_id>.csv` or `<job_id>.manifest.json`.' }) }),
    answers: { 302: linkAnswer },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => toLink(await linkToFile(settlement(), params.file))),

  listSettlements: route({
    method: 'GET',
    path: '/settlements',
    summary: 'List settlements of one merchant by day, or of all by day, shard and merchant',
    scope: 'settlement:read',
    query: settlementsQuery(page),
    answers: {
      200: {
        description: 'A page of settlements.',
        schema: z.object({ settlements: z.array(settlementAnswer), next_cursor: nextCursor }),
      },
    },
  })(async ({ query: { merchant_id: merchantId, ...query } }) => {
    const { items, cursor } = await listSettlements(settlement(), { ...query, merchantId });
    return { status: 200, body: { settlements: items.map(settlementView), next_cursor: cursor ?? null } };
  }),
};

export const handler = dispatch(routes, admit);
