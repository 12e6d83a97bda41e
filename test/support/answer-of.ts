import type { APIGatewayProxyEvent, Context } from 'aws-lambda';
import { type Operation, routes } from '../../functions/routes.ts';
import { containerOf, inContainer, type World } from '../../lib/container.ts';
import type { Exchange } from './contract.ts';
import { fromGateway } from './http.ts';
import { signedHeaders } from './notifications.ts';

export type Asked = {
  params?: Record<string, string>;
  query?: Record<string, string>;
  key?: string;
  body?: object;
  /** The headers of a signed notification. */
  isSigned?: boolean;
};
/** The id of all that is made. */
export const ID = '00000000-0000-4000-8000-000000000001';

/** What the function answers to a request over HTTP. */
export async function answerOf(
  operation: Operation,
  { params, query, key, body, isSigned }: Asked,
  world: Partial<World>,
): Promise<Exchange> {
  let now = Date.now();
  const sleep = async (ms: number) => {
    now += ms;
  };
  const container = containerOf(world as World, { now: () => now, sleep, newId: () => ID, random: () => 0.5 });
  const { handler, method, path: resource } = routes[operation];
  const path = resource.replace(/\{(\w+)\}/g, (_, name) => params?.[name] ?? '');
  const event = {
    ...{
      httpMethod: method,
      resource,
      path,
      headers: { ...(key ? { 'Idempotency-Key': key } : {}), ...(isSigned && body ? signedHeaders(body) : {}) },
      body: body === undefined ? null : JSON.stringify(body),
    },
    ...{ pathParameters: params ?? null, queryStringParameters: query ?? null, requestContext: fromGateway() },
  } as unknown as APIGatewayProxyEvent;
  const context = { awsRequestId: ID, getRemainingTimeInMillis: () => 28_000 } as Context;
  const answer = await inContainer(container, () => handler(event, context));
  const headers = new Headers(answer.headers as Record<string, string>);
  return { method, path, status: answer.statusCode, headers, text: answer.body };
}
