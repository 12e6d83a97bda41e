import { createRequire } from 'node:module';
import { expect, it } from 'vitest';
import { applyGatewayResponses } from '../../localstack/embedded/offline/gateway.ts';

const { Resources } = await createRequire(import.meta.url)('../../resources/api.cjs')({ resolveVariable: () => '' });

/** What the embedded gateway answers where serverless-offline fails with this status. */
async function answerTo(statusCode: number) {
  const answer = { status: 0, headers: {} as Record<string, string> };
  const response: object = {
    code: (status: number) => {
      answer.status = status;
      return response;
    },
    type: () => response,
    header: (name: string, value: string) => {
      answer.headers[name] = value;
      return response;
    },
    takeover: () => response,
  };
  const toolkit = { continue: Symbol('continue'), response: () => response };
  let answered: Promise<unknown> | undefined;
  const failed = { route: { path: '/batches' }, response: { isBoom: true, output: { statusCode } } };
  const ext = (event: string, method: (request: unknown, h: unknown) => Promise<unknown>) => {
    if (event === 'onPreResponse') answered = method(failed, toolkit);
  };
  applyGatewayResponses({ ext } as never, { Resources } as never);
  await answered;
  return answer;
}

it.each([429, 504])('the answer %i says after how many seconds to repeat', async (status) => {
  expect(await answerTo(status)).toMatchObject({ status, headers: { 'Retry-After': '1' } });
});

it('an answer that a repetition does not change says nothing about it', async () => {
  expect(await answerTo(413)).toMatchObject({ status: 413, headers: {} });
  expect((await answerTo(500)).headers).toEqual({});
});

it.each(['INTEGRATION_FAILURE', 'AUTHORIZER_FAILURE', 'AUTHORIZER_CONFIGURATION_ERROR'])(
  '%s of API Gateway is 503 UNAVAILABLE with Retry-After',
  (type) => {
    const all = Object.values(Resources) as { Properties: Record<string, never> }[];
    expect(all.find(({ Properties }) => Properties.ResponseType === type)?.Properties).toMatchObject({
      StatusCode: '503',
      ResponseParameters: { 'gatewayresponse.header.Retry-After': "'1'" },
      ResponseTemplates: { 'application/json': expect.stringContaining('UNAVAILABLE') },
    });
  },
);
