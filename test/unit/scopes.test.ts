import type { APIGatewayProxyEvent } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { type Operation, routes } from '../../functions/routes.ts';
import type { Route } from '../../lib/edge/route.ts';
import { KEY_SCOPES } from '../../lib/kernel/principal.ts';
import { anEvent, aPrincipal, bodyOf, fromGateway, lambda } from '../support/http.ts';
import { logLines } from '../support/log-lines.ts';

logLines();

const all = Object.entries(routes) as [Operation, Route][];
const withScope = all.filter(([, { scope }]) => scope !== 'public' && scope !== 'any');
const withKey = all.filter(([, { scope }]) => scope !== 'public');

/** The request is not valid otherwise: a route checks the key first. */
const ask = ({ method, path, handler }: Route, requestContext: APIGatewayProxyEvent['requestContext']) =>
  handler(anEvent({ httpMethod: method, resource: path, pathParameters: {}, body: '{}', requestContext }), lambda);

describe('a key without the scope of a route', () => {
  it.each(withScope)('is refused by %s, and the answer names the scope', async (_operation, route) => {
    const scopes = KEY_SCOPES.filter((scope) => scope !== route.scope);
    const answer = await ask(route, fromGateway(aPrincipal({ scopes })));
    expect(answer.statusCode).toBe(403);
    const { message } = route.protocol === 'connect' ? bodyOf(answer) : bodyOf(answer).error;
    expect(message).toBe(`This key lacks the scope ${route.scope}.`);
  });

  it.each(withKey)('is refused by %s if there is no key at all', async (_operation, route) => {
    const requestContext = { requestId: 'gateway-id' } as APIGatewayProxyEvent['requestContext'];
    expect((await ask(route, requestContext)).statusCode).toBe(401);
  });
});

it('only the documents, the health of the service and signed notifications are public', () => {
  const open = all.filter(([, { scope }]) => scope === 'public').map(([operation]) => operation);
  expect(open.sort()).toEqual(['getDocs', 'getDocsFile', 'getHealth', 'getOpenApi', 'notify']);
});
