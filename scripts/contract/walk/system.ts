import type { Recorder } from '../recorder.ts';

/** After the other domains, which make events. */
export async function walkSystem(recorder: Recorder): Promise<void> {
  await recorder.ask('getHealth', 200);
  await recorder.ask('getDeepHealth', 200);
  const { json: document, ...answered } = await recorder.send('getOpenApi');
  const { openapi, info } = document; // the whole would contain the examples
  recorder.keep('getOpenApi', {}, { ...answered, json: { openapi, info } });
  await recorder.ask('getDocs', 200);
  await recorder.ask('getDocsFile', 200, { params: { file: 'swagger-ui.css' } });
  await recorder.ask('getDocsFile', 404, { params: { file: 'secrets.txt' } });
  await recorder.askUntil('getAudit', ({ events }) => events.length === 2, { query: { limit: '2' } });
  await recorder.ask('getMetrics', 200);
  await recorder.ask('getOperations', 200);
}
