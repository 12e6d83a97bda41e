import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import type { Principal } from '../kernel/principal.ts';

/**
 * Makes a Lambda authorizer of X-API-Key. It hands the principal over as JSON, because API Gateway passes only text.
 * @throws Error('Unauthorized'), which API Gateway answers with 401
 */
export function authorizer(authenticate: () => (secret: string) => Promise<Principal | undefined>) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const [, secret] = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === 'x-api-key') ?? [];
    const principal = secret ? await authenticate()(secret) : undefined;
    if (!principal) throw new Error('Unauthorized');
    return {
      principalId: principal.keyId,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: everyRoute(event.methodArn) }],
      },
      context: { principal: JSON.stringify(principal) },
    };
  };
}

/** API Gateway caches the answer per key, so it must hold for every route of the stage. Each route checks its scope. */
function everyRoute(methodArn: string): string {
  return `${methodArn.split('/').slice(0, 2).join('/')}/*`;
}
