import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { ErrorInfoSchema, WithdrawalService } from '../../gen/withdrawal/v1/withdrawal_pb.js';
import type { Route } from '../../lib/edge/route.ts';
import { rpc } from '../../lib/edge/rpc.ts';
import type { Fields } from '../../lib/edge/rpc-names.ts';
import { exactNumber } from '../../lib/kernel/exact-json.ts';
import { fromGateway } from './http.ts';

/** What a procedure does with a request. */
export type Answer = (request: { body: Fields }) => Promise<object>;
export type Sent = {
  contentType?: string;
  body?: string | Uint8Array;
  headers?: Record<string, string>;
  query?: Record<string, string>;
};

export const CONTRACT = { summary: 'Create a withdrawal', scope: 'withdrawals:write' } as const;
export const procedure = rpc(ErrorInfoSchema);

/** A procedure of the real service, with an answer of the test. */
export const call = (answer: Answer, sent?: Sent) =>
  send(procedure<Fields>(WithdrawalService.method.createWithdrawal, CONTRACT)(answer), sent);

export async function send({ path, handler }: Route, sent: Sent = {}): Promise<APIGatewayProxyResult> {
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

/** The view that a created withdrawal has in REST. */
export const VIEW = {
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
