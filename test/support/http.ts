import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { type HttpAnswer, type HttpRequest, http } from '../../lib/edge/http.ts';

/** An event of API Gateway (REST, Lambda proxy). */
export function anEvent(overrides: Partial<APIGatewayProxyEvent> = {}): APIGatewayProxyEvent {
  return {
    resource: '/batches/{batch_id}',
    path: '/batches/b-1',
    httpMethod: 'POST',
    headers: { 'Content-Type': 'application/json', Host: 'api.example' },
    multiValueHeaders: {},
    queryStringParameters: null,
    multiValueQueryStringParameters: null,
    pathParameters: { batch_id: 'b-1' },
    stageVariables: null,
    requestContext: { requestId: 'gateway-id' } as APIGatewayProxyEvent['requestContext'],
    body: null,
    isBase64Encoded: false,
    ...overrides,
  };
}

export const lambda = { awsRequestId: 'lambda-id' } as Context;

/** Calls a route that accepts nothing. */
export async function call(
  route: (request: HttpRequest) => Promise<HttpAnswer>,
  overrides: Partial<APIGatewayProxyEvent> = {},
): Promise<APIGatewayProxyResult> {
  return http({}, route)(anEvent(overrides), lambda);
}

export const ok = async () => ({ status: 200, body: { ok: true } });
export const failsWith = (failure: unknown) => async () => {
  throw failure;
};
export const bodyOf = ({ body }: APIGatewayProxyResult) => JSON.parse(body);
