import { z } from 'zod';
import { admit, audit, deepHealth, metrics, operations } from '../../lib/container.ts';
import { nextCursor, page } from '../../lib/edge/paging.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { eventAnswer } from '../../lib/events/answers.ts';
import { auditQuery } from '../../lib/events/audit-request.ts';
import { OPEN_METRICS } from '../../lib/events/open-metrics.ts';
import { readAudit } from '../../lib/events/read-audit.ts';
import { readMetrics } from '../../lib/events/read-metrics.ts';
import { healthAnswer, operationsAnswer } from '../../lib/system/answers.ts';
import { readHealth } from '../../lib/system/check-health.ts';
import { readOperations } from '../../lib/system/read-operations.ts';
import { healthView, operationsView } from '../../lib/system/view.ts';

export const routes = {
  getMetrics: route({
    method: 'GET',
    path: '/metrics',
    summary: 'Read the metrics in the format OpenMetrics 1.0',
    scope: 'operations',
    answers: {
      200: {
        description: 'Counters of published events, and the events that wait.',
        type: 'application/openmetrics-text',
      },
    },
  })(async () => ({
    status: 200,
    headers: { 'content-type': OPEN_METRICS },
    body: await readMetrics(metrics()),
  })),

  getOperations: route({
    method: 'GET',
    path: '/overview',
    summary: 'Read what waits and what has failed in all domains, and the circuits to the rails',
    scope: 'operations',
    answers: { 200: { description: 'The overview.', schema: operationsAnswer } },
    polled: true,
  })(async () => ({ status: 200, body: operationsView(await readOperations(operations())) })),

  getDeepHealth: route({
    method: 'GET',
    path: '/health/deep',
    summary: 'Check the database, the queue, each rail and the version of the data',
    scope: 'operations',
    answers: {
      200: { description: 'Everything that work needs is up.', schema: healthAnswer },
      503: { description: 'Something that work needs is down.', schema: healthAnswer },
    },
  })(async () => healthView(await readHealth(deepHealth()))),

  getAudit: route({
    method: 'GET',
    path: '/audit',
    summary: 'List events of all domains, or of one subject, oldest first',
    scope: 'operations',
    query: z.strictObject({ ...auditQuery, ...page }),
    answers: {
      200: {
        description: 'A page of events.',
        schema: z.object({ events: z.array(eventAnswer), next_cursor: nextCursor }),
      },
    },
  })(async ({ query }) => {
    const { items, cursor } = await readAudit(audit(), query);
    return { status: 200, body: { events: [...items], next_cursor: cursor ?? null } };
  }),
};

export const handler = dispatch(routes, admit);
