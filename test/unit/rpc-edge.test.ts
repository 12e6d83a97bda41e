import { create, fromBinary, fromJsonString, toBinary } from '@bufbuild/protobuf';
import type { APIGatewayProxyResult } from 'aws-lambda';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  CreateWithdrawalRequestSchema,
  CreateWithdrawalResponseSchema,
  ErrorInfoSchema,
  WithdrawalService,
  WithdrawalStatus,
} from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { MAX_BODY_BYTES } from '../../lib/edge/http.ts';
import { rpcError, rpcStatus } from '../../lib/edge/rpc.ts';
import type { Fields } from '../../lib/edge/rpc-names.ts';
import { AppError, ERRORS, type ErrorCode } from '../../lib/kernel/errors.ts';
import { object, text } from '../../lib/kernel/fields.ts';
import { logLines } from '../support/log-lines.ts';
import { type Answer, CONTRACT, call, procedure, type Sent, send, VIEW } from '../support/rpc-routes.ts';

const log = logLines();
beforeEach(() => log.forget());

const { createWithdrawal, listWithdrawals } = WithdrawalService.method;

/** The description of the error in an answer. */
function infoIn({ body }: APIGatewayProxyResult) {
  const { details } = rpcError.parse(JSON.parse(body));
  return fromBinary(ErrorInfoSchema, Buffer.from(details[0]?.value ?? '', 'base64'));
}

describe('a method', () => {
  it('has the fields and views of REST', async () => {
    let received: Fields | undefined;
    const answer: Answer = async ({ body: given }) => {
      received = given;
      return VIEW;
    };
    const body = '{"userId":"ana","maxRetries":0,"source":"WITHDRAWAL_SOURCE_EXTERNAL"}';
    const result = await call(answer, { body });
    expect(received).toEqual({ user_id: 'ana', max_retries: { text: '0' }, source: 'EXTERNAL' });
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
      {
        message: 'request',
        request_id: 'mine',
        route: '/withdrawal.v1.WithdrawalService/CreateWithdrawal',
        status: 200,
      },
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
    DUPLICATE: ['already_exists', 409],
    LIMIT_EXCEEDED: ['failed_precondition', 400],
    INVALID_STATE: ['failed_precondition', 400],
    REQUEST_IN_PROGRESS: ['aborted', 409],
    IDEMPOTENCY_MISMATCH: ['already_exists', 409],
    PAYLOAD_TOO_LARGE: ['resource_exhausted', 429],
    RATE_LIMITED: ['resource_exhausted', 429],
    INTERNAL: ['internal', 500],
    UNAVAILABLE: ['unavailable', 503],
    GATEWAY_ERROR: ['unavailable', 503],
    GATEWAY_TIMEOUT: ['deadline_exceeded', 504],
  };

  it.each(Object.keys(ERRORS) as ErrorCode[])(
    '%s has its code in the protocol, and the message of REST',
    async (code) => {
      const details = [{ path: 'amount', reason: 'is too much', requested: '5' }];
      const result = await call(async () => Promise.reject(new AppError(code, { details, retryAfter: 7 })));
      const body = rpcError.parse(JSON.parse(result.body));
      expect([body.code, result.statusCode]).toEqual(CODES[code]);
      expect(rpcStatus(code)).toBe(result.statusCode);
      expect(body.message).toBe(ERRORS[code].text);
      expect(result.headers?.['retry-after']).toBe('7');
      const info = infoIn(result);
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

const BINARY = { contentType: 'application/proto' };

describe('a request', () => {
  let calls = 0;
  const counted: Answer = async () => {
    calls += 1;
    return VIEW;
  };

  it.each<[string, Sent, number]>([
    ['that is not JSON', { body: '{' }, 400],
    ['with a value of another type', { body: '{"userId":5}' }, 400],
    ['that is JSON of another kind', { body: '[]' }, 400],
    ['with an unknown field', { body: '{"usrId":"ana"}' }, 400],
    ['with an unknown value of an enum', { body: '{"source":"WITHDRAWAL_SOURCE_EXTERN"}' }, 400],
    ['that is not a message', { ...BINARY, body: new Uint8Array([255, 255, 255]) }, 400],
    ['with text that is not UTF-8', { ...BINARY, body: new Uint8Array([10, 1, 255]) }, 400],
    ['with parameters', { query: { user_id: 'ana' } }, 400],
    ['with an invalid time-out', { headers: { 'connect-timeout-ms': 'soon' } }, 400],
    ['that is too large', { body: 'x'.repeat(MAX_BODY_BYTES + 1) }, 429],
  ])('%s reaches no method', async (_what, sent, status) => {
    const result = await call(counted, sent);
    expect([result.statusCode, calls]).toEqual([status, 0]);
    const code = status === 400 ? 'VALIDATION_ERROR' : 'PAYLOAD_TOO_LARGE';
    expect(infoIn(result)).toMatchObject({ code, requestId: 'gateway-id' });
    expect(log.all).toMatchObject([{ level: 'info', error_code: code }]);
  });

  it.each<[string, Sent, number]>([
    ['in another format', { contentType: 'text/plain' }, 415],
    ['of native gRPC', { contentType: 'application/grpc' }, 415],
    ['of gRPC-web', { contentType: 'application/grpc-web+proto' }, 415],
    ['that is compressed', { headers: { 'content-encoding': 'gzip' } }, 501],
  ])('%s is refused by the protocol', async (_what, sent, status) => {
    const result = await call(counted, sent);
    expect([result.statusCode, calls]).toEqual([status, 0]);
  });

  it('is checked against the schema of the procedure', async () => {
    const request = object({ user_id: text(3) });
    const route = procedure(createWithdrawal, { ...CONTRACT, request })(counted);
    const result = await send(route, { body: '{"userId":"long"}' });
    expect([result.statusCode, calls]).toEqual([400, 0]);
    expect(infoIn(result).details).toMatchObject([{ path: 'user_id', reason: 'must be at most 3 characters' }]);
  });

  it('for a page of a list has the names of REST, and errors those of the proto file', async () => {
    const list = (answer: Answer) => procedure<Fields>(listWithdrawals, CONTRACT)(answer);
    const body = '{"pageSize":2,"pageToken":"abc","status":"WITHDRAWAL_STATUS_FAILED"}';
    let received: unknown;
    const page: Answer = async ({ body: given }) => {
      received = given;
      return { withdrawals: [], next_cursor: 'def' };
    };
    expect(JSON.parse((await send(list(page), { body })).body)).toEqual({ nextPageToken: 'def' });
    expect(received).toEqual({ limit: { text: '2' }, cursor: 'abc', status: 'FAILED' });
    const details = [{ path: 'cursor', reason: 'is too old' }];
    const refused: Answer = async () => Promise.reject(new AppError('VALIDATION_ERROR', { details }));
    expect(infoIn(await send(list(refused), { body })).details).toMatchObject([{ path: 'page_token' }]);
  });

  it('is executed although its client has no time left', async () => {
    const result = await call(async () => VIEW, { headers: { 'connect-timeout-ms': '1' } });
    expect(result.statusCode).toBe(200);
  });
});
