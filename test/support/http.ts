import type { APIGatewayProxyEvent, APIGatewayProxyResult, Context } from 'aws-lambda';
import { type HttpAnswer, type HttpRequest, http } from '../../lib/edge/http.ts';
import { KEY_SCOPES, type KeyId, type Principal } from '../../lib/kernel/principal.ts';

/** A principal that may do everything. */
export const aPrincipal = (overrides: Partial<Principal> = {}): Principal => ({
  keyId: 'key_00000000000000000000000000000001' as KeyId,
  name: 'test',
  person: 'tester',
  scopes: KEY_SCOPES,
  limits: {},
  ...overrides,
});

/** What API Gateway and the authorizer add to a request. */
export const fromGateway = (principal = aPrincipal()) =>
  ({
    requestId: 'gateway-id',
    authorizer: { principal: JSON.stringify(principal) },
  }) as unknown as APIGatewayProxyEvent['requestContext'];

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
    requestContext: fromGateway(),
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
  return http({ scope: 'any' }, route)(anEvent(overrides), lambda);
}

export const ok = async () => ({ status: 200, body: { ok: true } });
export const failsWith = (failure: unknown) => async () => {
  throw failure;
};
export const bodyOf = ({ body }: APIGatewayProxyResult) => JSON.parse(body);
