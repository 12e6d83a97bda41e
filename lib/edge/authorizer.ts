import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';
import type { Principal } from '../kernel/principal.ts';

/**
 * Makes a Lambda authorizer of X-API-Key. It hands the principal over as JSON, because API Gateway passes only text.
 * @throws Error('Unauthorized'), which API Gateway answers with 401
 */
export function authorizer(authenticate: () => (secret: string) => Promise<Principal | undefined>) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const secret = secretIn(event.headers ?? {});
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

/** The key of a request, or the token of its session: the edge of the console writes it to the same header. */
export function secretIn(headers: Readonly<Record<string, string | undefined>>): string {
  const [, secret = ''] = Object.entries(headers).find(([name]) => name.toLowerCase() === 'x-api-key') ?? [];
  return secret;
}

/** API Gateway caches the answer per key, so it must hold for every route of the stage. Each route checks its scope. */
function everyRoute(methodArn: string): string {
  return `${methodArn.split('/').slice(0, 2).join('/')}/*`;
}
