import { z } from 'zod';
import { admit, imports, transactions } from '../../lib/container.ts';
import { linkAnswer, toLink } from '../../lib/edge/link.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { existing, importIdOf, linkToReport } from '../../lib/imports/begin-import.ts';
import { importAnswer } from '../../lib/imports/schemas.ts';
import { importView } from '../../lib/imports/view.ts';
import { pathId } from '../../lib/kernel/fields.ts';
import { transactionAnswer } from '../../lib/transactions/answers.ts';
import { ID } from '../../lib/transactions/index.ts';
import { readTransaction } from '../../lib/transactions/read-transaction.ts';
import { transactionView } from '../../lib/transactions/view.ts';
import { importPath } from './paths.ts';

export const routes = {
  getTransaction: route({
    method: 'GET',
    path: '/transactions/{transaction_id}',
    summary: 'Read a transaction',
    scope: 'transactions:read',
    params: z.object({ transaction_id: pathId(ID) }),
    answers: { 200: { description: 'The transaction.', schema: transactionAnswer } },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => ({
    status: 200,
    body: transactionView(await readTransaction(transactions(), params.transaction_id)),
  })),

  getImport: route({
    method: 'GET',
    path: '/transactions/imports/{import_id}',
    summary: 'Read the progress of an import',
    scope: 'transactions:read',
    params: importPath,
    answers: { 200: { description: 'The import.', schema: importAnswer } },
    errors: ['NOT_FOUND'],
    polled: true,
  })(async ({ params }) => ({
    status: 200,
    body: importView(await existing(imports(), importIdOf(params.import_id))),
  })),

  getRejected: route({
    method: 'GET',
    path: '/transactions/imports/{import_id}/rejected.csv',
    summary: 'Download the report of rejected rows',
    scope: 'transactions:read',
    params: importPath,
    answers: { 302: linkAnswer },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => toLink(await linkToReport(imports(), importIdOf(params.import_id)))),
};

export const handler = dispatch(routes, admit);
