import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { freePort } from '../../localstack/embedded/ports.ts';
import { waitUntilHealthy } from '../../localstack/external/health.ts';

const PATIENCE = { starting: 2_000, refused: 0 };

/** Returns these answers one after the other, and then repeats the last one. */
async function givenAnswers(...answers: { status: number; services?: Record<string, string> }[]): Promise<string> {
  const server = createServer((_request, response) => {
    const { status, ...body } =
      answers.length > 1 ? (answers.shift() ?? { status: 500 }) : (answers[0] ?? { status: 500 });
    response.writeHead(status).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

it('waits for LocalStack, and reports it once', async () => {
  let reports = 0;
  const endpoint = await givenAnswers(
    { status: 503 },
    { status: 503 },
    { status: 200, services: { dynamodb: 'running' } },
  );
  await waitUntilHealthy(endpoint, () => reports++, PATIENCE);
  expect(reports).toBe(1);
});

it('reports in one line how to continue when nothing answers', async () => {
  const endpoint = `http://127.0.0.1:${await freePort()}`;
  const failure = await waitUntilHealthy(endpoint, () => {}, PATIENCE).catch((error: Error) => error.message);
  expect(failure).toBe(
    `No answer from ${endpoint}. Start LocalStack (docker compose up -d), or set AWS_ENDPOINT_URL to its endpoint.`,
  );
});

it('names the disabled services of LocalStack', async () => {
  const services = { dynamodb: 'available', sqs: 'disabled', s3: 'disabled' };
  const endpoint = await givenAnswers({ status: 200, services });
  await expect(waitUntilHealthy(endpoint, () => {}, PATIENCE)).rejects.toThrow(
    'without sqs, s3: add them to its SERVICES',
  );
});

it('accepts a server without a health page', async () => {
  await waitUntilHealthy(await givenAnswers({ status: 404 }), () => expect.unreachable(), PATIENCE);
});
