import { admit, settlement } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { acceptedJob, jobAnswer } from '../../lib/settlement/answers.ts';
import { cancelJob } from '../../lib/settlement/cancel-job.ts';
import { createJob } from '../../lib/settlement/create-job.ts';
import { jobIdOf } from '../../lib/settlement/read-jobs.ts';
import { cancelQuery, jobRequest } from '../../lib/settlement/requests.ts';
import { acceptedView, jobView } from '../../lib/settlement/view.ts';
import { jobPath } from './paths.ts';

const ofJob = { parameters: { job_id: '$response.body#/job_id' } };

export const routes = {
  createJob: route({
    method: 'POST',
    path: '/jobs/settlement',
    summary: 'Settle every merchant for every day of a range',
    scope: 'settlement:write',
    key: 'optional',
    body: jobRequest(settlement),
    answers: {
      202: {
        description: 'The job is stored and starts.',
        schema: acceptedJob,
        headers: { Location: 'The path of the job.' },
        links: {
          getJob: ofJob,
          cancelJob: ofJob,
          download: { parameters: { file: '{$response.body#/job_id}.csv' } },
        },
      },
    },
    errors: ['IDEMPOTENCY_MISMATCH'],
  })(async ({ key, body }) => {
    const { job, replayed } = await createJob(settlement(), body, key);
    addLogFields({ job_id: job.id });
    return { status: 202, headers: { location: `/jobs/${job.id}` }, replayed, body: acceptedView(job) };
  }),

  cancelJob: route({
    method: 'POST',
    path: '/jobs/{job_id}/cancel',
    summary: 'Cancel a job: it stops within one page of rows, and its files are removed',
    scope: 'settlement:write',
    params: jobPath,
    query: cancelQuery,
    answers: { 202: { description: 'The job is CANCELLING.', schema: jobAnswer } },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params, query }) => ({
    status: 202,
    body: jobView(await cancelJob(settlement(), jobIdOf(params.job_id), query.reason)),
  })),
};

export const handler = dispatch(routes, admit);
