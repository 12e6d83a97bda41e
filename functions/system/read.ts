import { z } from 'zod';
import { admit, docs, health } from '../../lib/container.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { healthAnswer } from '../../lib/system/answers.ts';
import { readHealth } from '../../lib/system/check-health.ts';
import { CONTENT_SECURITY_POLICY, DOCS_FILES, DOCS_PAGE, readDocsFile, readOpenApi } from '../../lib/system/docs.ts';
import { healthView } from '../../lib/system/view.ts';

const UNTIL_THE_NEXT_DEPLOYMENT = { 'cache-control': 'public, max-age=300' };
const CACHED = { 'Cache-Control': 'Five minutes.' };

export const routes = {
  getHealth: route({
    method: 'GET',
    path: '/health',
    summary: 'Check that the service runs and that the data has its version',
    scope: 'public',
    answers: {
      200: { description: 'The service runs and reads its data.', schema: healthAnswer },
      503: { description: 'The database is down.', schema: healthAnswer },
    },
  })(async () => healthView(await readHealth(health()))),

  getOpenApi: route({
    method: 'GET',
    path: '/openapi.json',
    summary: 'Read this document',
    scope: 'public',
    answers: {
      200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }), headers: CACHED },
    },
  })(async () => ({
    status: 200,
    headers: { 'content-type': 'application/json', ...UNTIL_THE_NEXT_DEPLOYMENT },
    body: (await readOpenApi(docs())).toString(),
  })),

  getDocs: route({
    method: 'GET',
    path: '/docs',
    summary: 'Show this document as a page',
    scope: 'public',
    answers: {
      200: {
        description: 'HTML.',
        type: 'text/html',
        headers: { ...CACHED, 'Content-Security-Policy': 'Only files and requests of the service.' },
      },
    },
  })(async () => ({
    status: 200,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': CONTENT_SECURITY_POLICY,
      ...UNTIL_THE_NEXT_DEPLOYMENT,
    },
    body: DOCS_PAGE,
  })),

  getDocsFile: route({
    method: 'GET',
    path: '/docs/{file}',
    summary: 'Read a script or a style sheet of the page',
    scope: 'public',
    params: z.object({ file: z.string().meta({ enum: DOCS_FILES }) }),
    answers: { 200: { description: 'The file.', type: 'text/*', headers: CACHED } },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => {
    const { type, content } = await readDocsFile(docs(), params.file);
    return {
      status: 200,
      headers: { 'content-type': `${type}; charset=utf-8`, ...UNTIL_THE_NEXT_DEPLOYMENT },
      body: content.toString(),
    };
  }),
};

export const handler = dispatch(routes, admit);
