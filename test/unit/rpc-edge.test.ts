import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, fromJsonString, toBinary } from '@bufbuild/protobuf';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import {
  CreateWithdrawalRequestSchema,
  CreateWithdrawalResponseSchema,
  ErrorInfoSchema,
  WithdrawalService,
  WithdrawalStatus,
} from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { MAX_BODY_BYTES } from '../../lib/edge/http.ts';
import { type RpcRequest, rpc } from '../../lib/edge/rpc.ts';
import { AppError, ERRORS, type ErrorCode } from '../../lib/kernel/errors.ts';
import { exactNumber } from '../../lib/kernel/exact-json.ts';
import { logLines } from '../support/log-lines.ts';

const log = logLines();
beforeEach(() => log.forget());

type Answer = (request: RpcRequest) => Promise<object>;
type Sent = { method?: string; contentType?: string; body?: string | Uint8Array; headers?: Record<string, string> };

/** The real service, with one method replaced by the test. */
async function call(answer: Answer, sent: Sent = {}): Promise<APIGatewayProxyResult> {
  const { method = 'CreateWithdrawal', contentType = 'application/json', body = '{}', headers = {} } = sent;
  const other: Answer = async () => ({});
  const handler = rpc(
    WithdrawalService,
    {
      createWithdrawal: answer,
      getWithdrawal: other,
      getWithdrawalByKey: other,
      listWithdrawals: other,
      retryWithdrawal: other,
    },
    ErrorInfoSchema,
  );
  const event = {
    resource: '/withdrawal.v1.WithdrawalService/{method}',
    httpMethod: 'POST',
    headers: { 'Content-Type': contentType, ...headers },
    queryStringParameters: null,
    pathParameters: { method },
    requestContext: { requestId: 'gateway-id' },
    body: typeof body === 'string' ? body : Buffer.from(body).toString('base64'),
    isBase64Encoded: typeof body !== 'string',
  } as unknown as APIGatewayProxyEvent;
  return (await handler(event, { awsRequestId: 'lambda-id' } as Context)) as APIGatewayProxyResult;
}

const VIEW = {
  withdrawal: {
    withdrawal_id: 'wdr_1',
    amount: '9'.repeat(78),
    status: 'COMPLETED',
    source: 'wallet',
    max_retries: exactNumber('3'),
    tx_hash: '0x1',
    failure: null,
    created_at: '2026-01-01T00:00:00.123Z',
    completed_at: null,
  },
  already_exists: true,
};

describe('a method', () => {
  it('has the fields and views of REST', async () => {
    let received: RpcRequest | undefined;
    const answer: Answer = async (request) => {
      received = request;
      return VIEW;
    };
    const body = '{"userId":"ana","maxRetries":0,"source":"WITHDRAWAL_SOURCE_EXTERNAL"}';
    const result = await call(answer, { body });
    expect(received?.body).toEqual({ user_id: 'ana', max_retries: { text: '0' }, source: 'EXTERNAL' });
    expect(result).toMatchObject({ statusCode: 200, headers: { 'content-type': 'application/json' } });
    const message = fromJsonString(CreateWithdrawalResponseSchema, result.body);
    expect(message.withdrawal).toMatchObject({
      amount: '9'.repeat(78),
      status: WithdrawalStatus.COMPLETED,
      maxRetries: 3,
    });
    expect(message.withdrawal?.failure).toBeUndefined();
    expect(message.alreadyExists).toBe(true);
  });

  it('accepts binary messages as well', async () => {
    const request = create(CreateWithdrawalRequestSchema, { userId: 'ana', amount: '12' });
    let received: unknown;
    const result = await call(
      async ({ body }) => {
        received = body;
        return VIEW;
      },
      { contentType: 'application/proto', body: toBinary(CreateWithdrawalRequestSchema, request) },
    );
    expect(received).toEqual({ user_id: 'ana', amount: '12' });
    expect(result).toMatchObject({
      statusCode: 200,
      isBase64Encoded: true,
      headers: { 'content-type': 'application/proto' },
    });
    const message = fromBinary(CreateWithdrawalResponseSchema, Buffer.from(result.body, 'base64'));
    expect(message.withdrawal?.createdAt?.nanos).toBe(123_000_000);
  });

  it('has the request id, and one line in the log', async () => {
    const result = await call(async () => VIEW, { headers: { 'X-Request-Id': 'mine' } });
    expect(result.headers?.['x-request-id']).toBe('mine');
    expect(log.all).toMatchObject([
      { message: 'request', request_id: 'mine', route: '/withdrawal.v1.WithdrawalService/{method}', status: 200 },
    ]);
  });
});

describe('an error', () => {
  const CODES: Record<ErrorCode, [code: string, status: number]> = {
    VALIDATION_ERROR: ['invalid_argument', 400],
    UNAUTHORIZED: ['unauthenticated', 401],
    FORBIDDEN: ['permission_denied', 403],
    NOT_FOUND: ['not_found', 404],
    INSUFFICIENT_FUNDS: ['failed_precondition', 400],
    OUT_OF_STOCK: ['failed_precondition', 400],
    INVALID_STATE: ['failed_precondition', 400],
    REQUEST_IN_PROGRESS: ['aborted', 409],
    IDEMPOTENCY_MISMATCH: ['already_exists', 409],
    PAYLOAD_TOO_LARGE: ['resource_exhausted', 429],
    RATE_LIMITED: ['resource_exhausted', 429],
    INTERNAL: ['internal', 500],
    GATEWAY_ERROR: ['unavailable', 503],
    GATEWAY_TIMEOUT: ['deadline_exceeded', 504],
  };

  it.each(Object.keys(ERRORS) as ErrorCode[])(
    '%s has its code in the protocol, and the message of REST',
    async (code) => {
      const details = [{ path: 'amount', reason: 'is too much', requested: '5' }];
      const result = await call(async () => Promise.reject(new AppError(code, { details, retryAfter: 7 })));
      const body = JSON.parse(result.body);
      expect([body.code, result.statusCode]).toEqual(CODES[code]);
      expect(body.message).toBe(ERRORS[code].text);
      const info = fromBinary(ErrorInfoSchema, Buffer.from(body.details[0].value, 'base64'));
      expect(info).toMatchObject({ code, requestId: 'gateway-id', retryAfterSeconds: 7 });
      expect(info.details).toMatchObject([{ path: 'amount', reason: 'is too much' }]);
      expect(log.all).toMatchObject([{ error_code: code }]);
    },
  );

  it('that is unexpected is internal, and only the log has its cause', async () => {
    const result = await call(async () => Promise.reject(new Error('the secret is 42')));
    expect(result.statusCode).toBe(500);
    expect(result.body).not.toContain('secret');
    expect(log.all).toMatchObject([{ level: 'error', error: { message: 'the secret is 42' } }]);
  });

  it('in the answer of a method is internal, too', async () => {
    const result = await call(async () => ({ withdrawal: { status: 'NO_SUCH_STATUS' } }));
    expect(JSON.parse(result.body).code).toBe('internal');
  });
});

describe('a request', () => {
  let calls = 0;
  const counted: Answer = async () => {
    calls += 1;
    return VIEW;
  };

  it.each<[string, Sent, number]>([
    ['that is not JSON', { body: '{' }, 400],
    ['with a value of another type', { body: '{"userId":5}' }, 400],
    // The library's own code for an invalid binary message.
    ['that is not a message', { contentType: 'application/proto', body: new Uint8Array([255, 255, 255]) }, 500],
    ['in another format', { contentType: 'text/plain' }, 415],
    ['of native gRPC', { contentType: 'application/grpc' }, 415],
    ['of gRPC-web', { contentType: 'application/grpc-web+proto' }, 415],
    ['for an unknown method', { method: 'Nonsense' }, 404],
    ['without a method', { method: '' }, 404],
    ['that is too large', { body: 'x'.repeat(MAX_BODY_BYTES + 1) }, 413],
  ])('%s reaches no method', async (_what, sent, status) => {
    const result = await call(counted, sent);
    expect([result.statusCode, calls]).toEqual([status, 0]);
  });

  it('is executed although its client has no time left', async () => {
    const result = await call(async () => VIEW, { headers: { 'connect-timeout-ms': '1' } });
    expect(result.statusCode).toBe(200);
  });
});

describe('the generated code', () => {
  const root = join(import.meta.dirname, '../..');
  const folder = mkdtempSync(join(tmpdir(), 'sluice-gen-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is what npm run generate makes of the proto files', { timeout: 30_000 }, () => {
    execFileSync(join(root, 'node_modules/.bin/buf'), ['generate', '--output', folder], { cwd: root });
    for (const file of ['withdrawal_pb.js', 'withdrawal_pb.d.ts']) {
      const path = join('gen/withdrawal/v1', file);
      expect(readFileSync(join(root, path), 'utf8')).toBe(readFileSync(join(folder, path), 'utf8'));
    }
  });
});
