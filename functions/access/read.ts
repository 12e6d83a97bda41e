import { z } from 'zod';
import { keyWithUseAnswer, ownKeyAnswer, sessionAnswer } from '../../lib/access/answers.ts';
import { listKeys, readKeyWithUse, readOwnKey } from '../../lib/access/read-keys.ts';
import { readSession } from '../../lib/access/session.ts';
import { keyWithUseView, ownKeyView, sessionView } from '../../lib/access/view.ts';
import { access, admit } from '../../lib/container.ts';
import { secretIn } from '../../lib/edge/authorizer.ts';
import { nextCursor, page } from '../../lib/edge/paging.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { keyPath } from './paths.ts';

export const routes = {
  listKeys: route({
    method: 'GET',
    path: '/keys',
    summary: 'List the API keys, newest first',
    scope: 'admin',
    query: z.strictObject(page),
    answers: {
      200: {
        description: 'A page of keys, without their secrets.',
        schema: z.object({ keys: z.array(keyWithUseAnswer), next_cursor: nextCursor }),
      },
    },
  })(async ({ query }) => {
    const { items, cursor } = await listKeys(access(), query);
    return {
      status: 200,
      body: { keys: items.map((key) => keyWithUseView(access(), key)), next_cursor: cursor ?? null },
    };
  }),

  getKey: route({
    method: 'GET',
    path: '/keys/{key_id}',
    summary: 'Read an API key, without its secret',
    scope: 'admin',
    params: keyPath,
    answers: { 200: { description: 'The key.', schema: keyWithUseAnswer } },
    errors: ['NOT_FOUND'],
  })(async ({ params }) => ({
    status: 200,
    body: keyWithUseView(access(), await readKeyWithUse(access(), params.key_id)),
  })),

  getOwnKey: route({
    method: 'GET',
    path: '/keys/self',
    summary: 'Read the key of this request: its scopes, limits, their use today, and its expiry',
    scope: 'any',
    answers: { 200: { description: 'The key.', schema: ownKeyAnswer } },
  })(async () => ({
    status: 200,
    body: ownKeyView(access(), await readOwnKey(access())),
  })),

  getSession: route({
    method: 'GET',
    path: '/session',
    summary: 'Read the session of the console: whose key it is, and when it ends',
    scope: 'any',
    answers: { 200: { description: 'The session.', schema: sessionAnswer } },
  })(async ({ headers }) => ({
    status: 200,
    body: sessionView(access(), await readSession(access(), secretIn(headers))),
  })),
};

export const handler = dispatch(routes, admit);
