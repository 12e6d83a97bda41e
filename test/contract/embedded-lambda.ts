/** Replaces serverless-offline's Lambda port; the functions are closures of the test. */

import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';

export type Functions = Record<string, (event: unknown) => unknown>;

/** Answers as serverless-offline 14 does, failures included. @returns the port */
export async function givenALambdaPort(functions: Functions): Promise<number> {
  const server = createServer(async (request, response) => {
    const name = decodeURIComponent(request.url?.split('/')[3] ?? '');
    const run = functions[name];
    if (run === undefined) return response.writeHead(404).end(`{"Message":"Function not found: ${name}"}`);
    try {
      response.end(JSON.stringify(await run(await json(request))));
    } catch (thrown) {
      const { message, stack = '' } = thrown as Error;
      response.setHeader('x-amz-function-error', 'Unhandled');
      response.end(JSON.stringify({ errorMessage: message, errorType: 'Error', trace: stack.split('\n') }));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as { port: number }).port;
}
