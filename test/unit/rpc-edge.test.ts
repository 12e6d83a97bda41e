import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, fromBinary, fromJsonString, toBinary } from '@bufbuild/protobuf';
import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  CreateWithdrawalRequestSchema,
  CreateWithdrawalResponseSchema,
  ErrorInfoSchema,
  WithdrawalProcessorService,
  WithdrawalService,
  WithdrawalStatus,
} from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { MAX_BODY_BYTES } from '../../lib/edge/http.ts';
import type { Route } from '../../lib/edge/route.ts';
import { rpc, rpcError, rpcStatus } from '../../lib/edge/rpc.ts';
import type { Fields } from '../../lib/edge/rpc-names.ts';
import { AppError, ERRORS, type ErrorCode } from '../../lib/kernel/errors.ts';
import { exactNumber } from '../../lib/kernel/exact-json.ts';
import { object, text } from '../../lib/kernel/fields.ts';
import { fromGateway } from '../support/http.ts';
import { logLines } from '../support/log-lines.ts';

const log = logLines();
beforeEach(() => log.forget());

type Answer = (request: { body: Fields }) => Promise<object>;
type Sent = {
  contentType?: string;
  body?: string | Uint8Array;
  headers?: Record<string, string>;
  query?: Record<string, string>;
};

const CONTRACT = { summary: 'Create a withdrawal', scope: 'withdrawals:write' } as const;
const { createWithdrawal, listWithdrawals } = WithdrawalService.method;
const procedure = rpc(ErrorInfoSchema);

/** A procedure of the real service, with an answer of the test. */
const call = (answer: Answer, sent?: Sent) => send(procedure<Fields>(createWithdrawal, CONTRACT)(answer), sent);

async function send({ path, handler }: Route, sent: Sent = {}): Promise<APIGatewayProxyResult> {
  const { contentType = 'application/json', body = '{}', headers = {}, query = null } = sent;
  const event = {
    resource: path,
    httpMethod: 'POST',
    headers: { 'Content-Type': contentType, ...headers },
    queryStringParameters: query,
    pathParameters: null,
    requestContext: fromGateway(),
    body: typeof body === 'string' ? body : Buffer.from(body).toString('base64'),
    isBase64Encoded: typeof body !== 'string',
  } as unknown as APIGatewayProxyEvent;
  return handler(event, { awsRequestId: 'lambda-id' } as Context);
}

/** The description of the error in an answer. */
function infoIn({ body }: APIGatewayProxyResult) {
  const { details } = rpcError.parse(JSON.parse(body));
  return fromBinary(ErrorInfoSchema, Buffer.from(details[0]?.value ?? '', 'base64'));
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

describe('the contract', () => {
  const { method, path, body, answers } = procedure<Fields>(listWithdrawals, CONTRACT)(async () => ({}));
  const componentsOf = (schema: z.ZodType | undefined) => z.toJSONSchema(schema ?? z.never()).$defs;

  it('has the path and the messages of the procedure', () => {
    expect([method, path]).toEqual(['POST', '/withdrawal.v1.WithdrawalService/ListWithdrawals']);
    const status = { $ref: '#/$defs/RpcWithdrawalStatus' };
    expect(componentsOf(body)).toMatchObject({
      RpcListWithdrawalsRequest: {
        properties: {
          userId: { type: ['string', 'null'] },
          status: { anyOf: [{ anyOf: [status, { enum: expect.arrayContaining([0, 1]) }] }, { type: 'null' }] },
          pageSize: { anyOf: [{ type: 'integer', minimum: 0 }, { type: 'null' }] },
          pageToken: { type: ['string', 'null'] },
        },
      },
    });
  });

  it('has the rules for each field', () => {
    const request = z.object({ user_id: z.string().max(3), limit: z.int().max(9).optional() });
    const { body: schema } = procedure(listWithdrawals, { ...CONTRACT, request })(async () => ({}));
    expect(componentsOf(schema)).toMatchObject({
      RpcListWithdrawalsRequest: {
        properties: { userId: { type: 'string', maxLength: 3 } },
        required: ['userId'],
        additionalProperties: false,
      },
    });
  });

  it('describes the JSON of the answer', async () => {
    const result = await call(async () => VIEW);
    const created = procedure<Fields>(createWithdrawal, CONTRACT)(async () => ({})).answers[200]?.schema;
    expect(created?.parse(JSON.parse(result.body))).toEqual(JSON.parse(result.body));
    expect(componentsOf(answers[200]?.schema)).toMatchObject({
      RpcWithdrawal: {
        properties: {
          withdrawalId: { type: 'string' },
          retryCount: { type: 'integer' },
          nextAttemptAt: { type: 'string', format: 'date-time' },
        },
        additionalProperties: false,
      },
      RpcWithdrawalSource: { enum: expect.arrayContaining(['WITHDRAWAL_SOURCE_WALLET']) },
    });
  });

  it('has 64-bit numbers as text', () => {
    const { getProcessorStats } = WithdrawalProcessorService.method;
    const stats = procedure<Fields>(getProcessorStats, CONTRACT)(async () => ({}));
    expect(componentsOf(stats.answers[200]?.schema)).toMatchObject({
      RpcGetProcessorStatsResponse: {
        properties: {
          completed: { type: 'string', format: 'uint64' },
          byStatus: { type: 'object', additionalProperties: { type: 'string' } },
          isEstimate: { type: 'boolean' },
        },
      },
    });
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
