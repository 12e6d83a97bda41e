import { admit, imports, transactions } from '../../lib/container.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { createImport, importIdOf, startImport } from '../../lib/imports/begin-import.ts';
import { createdImport, importAnswer, importRequest } from '../../lib/imports/schemas.ts';
import { createdView, importView } from '../../lib/imports/view.ts';
import { storedAnswer } from '../../lib/transactions/answers.ts';
import { storeTransactions } from '../../lib/transactions/store-transactions.ts';
import { transactionsRequest } from '../../lib/transactions/transactions-request.ts';
import { importPath } from './paths.ts';

const ofImport = { parameters: { import_id: '$response.body#/import_id' } };

export const routes = {
  storeTransactions: route({
    method: 'POST',
    path: '/transactions',
    summary: 'Store up to 1,000 transactions, each once',
    description:
      'The `id` of each row is its idempotency key. IDEMPOTENCY_MISMATCH names the rows that differ from the stored ones; the other rows are stored.',
    scope: 'transactions:write',
    body: transactionsRequest,
    answers: { 200: { description: 'Every row is stored.', schema: storedAnswer } },
    errors: ['IDEMPOTENCY_MISMATCH'],
  })(async ({ body }) => ({ status: 200, body: await storeTransactions(transactions(), body) })),

  createImport: route({
    method: 'POST',
    path: '/transactions/imports',
    summary: 'Create an import, with a link for the upload of its file',
    scope: 'transactions:write',
    body: importRequest,
    answers: {
      201: {
        description: 'The import waits for its file. The upload starts it.',
        schema: createdImport,
        headers: { Location: 'The path of the import.' },
        links: { getImport: ofImport, startImport: ofImport, getRejected: ofImport },
      },
    },
  })(async ({ body }) => {
    const created = await createImport(imports(), body.format);
    addLogFields({ import_id: created.one.id });
    return {
      status: 201,
      headers: { location: `/transactions/imports/${created.one.id}` },
      body: createdView(created),
    };
  }),

  startImport: route({
    method: 'POST',
    path: '/transactions/imports/{import_id}/start',
    summary: 'Start an import whose file is uploaded, instead of waiting for the notification of the upload',
    scope: 'transactions:write',
    params: importPath,
    answers: { 202: { description: 'The import. If it has started before, nothing changes.', schema: importAnswer } },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params }) => ({
    status: 202,
    body: importView(await startImport(imports(), importIdOf(params.import_id))),
  })),
};

export const handler = dispatch(routes, admit);
