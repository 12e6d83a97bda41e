import { createHash, timingSafeEqual } from 'node:crypto';
import type { APIGatewayAuthorizerResult, APIGatewayRequestAuthorizerEvent } from 'aws-lambda';

/**
 * Makes a Lambda authorizer that compares keys by their SHA-256 (hex). API keys are long random strings, so a plain hash is
 * enough. Each comparison takes constant time.
 * @throws Error('Unauthorized'), which API Gateway answers with 401
 */
export function authorizer(validHashes: () => readonly string[]) {
  return async (event: APIGatewayRequestAuthorizerEvent): Promise<APIGatewayAuthorizerResult> => {
    const key = Object.entries(event.headers ?? {}).find(([name]) => name.toLowerCase() === 'x-api-key')?.[1] ?? '';
    const hash = createHash('sha256').update(key).digest();
    const match = validHashes().find((valid) => isSame(hash, Buffer.from(valid, 'hex')));
    if (!match) throw new Error('Unauthorized');
    return {
      principalId: match.slice(0, 16),
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: 'execute-api:Invoke', Resource: everyRoute(event.methodArn) }],
      },
    };
  };
}

/** API Gateway caches the answer per key, so it must hold for every route of the stage. */
function everyRoute(methodArn: string): string {
  return `${methodArn.split('/').slice(0, 2).join('/')}/*`;
}

function isSame(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
