import { admit, operations } from '../../lib/container.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { operationsAnswer } from '../../lib/system/answers.ts';
import { readOperations } from '../../lib/system/read-operations.ts';
import { operationsView } from '../../lib/system/view.ts';

export const routes = {
  getOperations: route({
    method: 'GET',
    path: '/overview',
    summary: 'Read what waits and what has failed in all domains, and the circuits to the rails',
    scope: 'operations',
    answers: { 200: { description: 'The overview.', schema: operationsAnswer } },
    polled: true,
  })(async () => ({ status: 200, body: operationsView(await readOperations(operations())) })),
};

export const handler = dispatch(routes, admit);
