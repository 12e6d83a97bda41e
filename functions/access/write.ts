import { keyAnswer, newSecretAnswer, sessionAnswer } from '../../lib/access/answers.ts';
import { approvalAnswer, approvalView } from '../../lib/access/approval-answers.ts';
import { changeKey, revokeKey } from '../../lib/access/change-key.ts';
import { createKey } from '../../lib/access/create-key.ts';
import { ownKeyId } from '../../lib/access/read-keys.ts';
import { keyRequests, rotateRequest } from '../../lib/access/requests.ts';
import { rotateKey } from '../../lib/access/rotate-key.ts';
import { COOKIE, closeSession, openSession, SESSION_MS } from '../../lib/access/session.ts';
import { keyView, newSecretView, sessionView } from '../../lib/access/view.ts';
import { access, admit } from '../../lib/container.ts';
import { secretIn } from '../../lib/edge/authorizer.ts';
import { addLogFields } from '../../lib/edge/context.ts';
import { dispatch, route } from '../../lib/edge/route.ts';
import { keyPath } from './paths.ts';

const { keyRequest, changeRequest } = keyRequests(access);
const ofKey = { parameters: { key_id: '$response.body#/key_id' } };
const ONCE =
  'The secret is only in the first answer: a repeated request returns the key without it. If the answer is lost, rotate the key.';

export const routes = {
  createKey: route({
    method: 'POST',
    path: '/keys',
    summary: 'Create an API key for a person',
    description: `${ONCE} A key with the scopes \`admin\`, \`payouts:approve\` or \`operations\` cannot be used until another person has approved it, if there is one who can.`,
    scope: 'admin',
    key: 'required',
    body: keyRequest,
    answers: {
      201: {
        description: 'The key with its secret.',
        schema: newSecretAnswer,
        headers: { Location: 'The path of the key.' },
        links: { getKey: ofKey, changeKey: ofKey, rotateKey: ofKey, revokeKey: ofKey },
      },
    },
    errors: ['IDEMPOTENCY_MISMATCH'],
  })(async ({ key, body }) => {
    const made = await createKey(access(), body, key);
    addLogFields({ made_key_id: made.key.id });
    return {
      status: 201,
      headers: { location: `/keys/${made.key.id}` },
      replayed: made.replayed,
      body: newSecretView(access(), made),
    };
  }),

  changeKey: route({
    method: 'PUT',
    path: '/keys/{key_id}',
    summary: 'Replace name, scopes, limits and expiry of an API key',
    description: 'It is in force everywhere within 60 s. The person of a key never changes.',
    scope: 'admin',
    params: keyPath,
    body: changeRequest,
    answers: {
      200: { description: 'The key.', schema: keyAnswer },
      202: {
        description:
          'Another person has to approve it: it adds a scope that decides, raises a limit, or prolongs such a key.',
        schema: approvalAnswer,
      },
    },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params, body }) => {
    const changed = await changeKey(access(), params.key_id, body);
    return changed.kind === 'changed'
      ? { status: 200, body: keyView(access(), changed.key) }
      : { status: 202, body: approvalView(changed.approval) };
  }),

  rotateKey: route({
    method: 'POST',
    path: '/keys/{key_id}/rotate',
    summary: 'Give an API key a new secret',
    description: `${ONCE} The secret of a key with the scopes \`admin\`, \`payouts:approve\` or \`operations\` is returned only to a key of the same person.`,
    scope: 'admin',
    params: keyPath,
    key: 'required',
    body: rotateRequest,
    answers: { 200: { description: 'The key with its new secret.', schema: newSecretAnswer } },
    errors: ['NOT_FOUND', 'INVALID_STATE', 'IDEMPOTENCY_MISMATCH'],
  })(async ({ params, key, body }) => {
    const made = await rotateKey(access(), params.key_id, body, key);
    return { status: 200, replayed: made.replayed, body: newSecretView(access(), made) };
  }),

  rotateOwnKey: route({
    method: 'POST',
    path: '/keys/self/rotate',
    summary: 'Give the key of this request a new secret',
    description: ONCE,
    scope: 'any',
    key: 'required',
    body: rotateRequest,
    answers: { 200: { description: 'The key with its new secret.', schema: newSecretAnswer } },
    errors: ['INVALID_STATE', 'IDEMPOTENCY_MISMATCH'],
  })(async ({ key, body }) => {
    const made = await rotateKey(access(), ownKeyId(access()), body, key);
    return { status: 200, replayed: made.replayed, body: newSecretView(access(), made) };
  }),

  revokeKey: route({
    method: 'POST',
    path: '/keys/{key_id}/revoke',
    summary: 'Revoke an API key: it is refused everywhere within 60 s',
    description: 'The last key with the scope `admin` cannot be revoked.',
    scope: 'admin',
    params: keyPath,
    answers: { 200: { description: 'The key is revoked.', schema: keyAnswer } },
    errors: ['NOT_FOUND', 'INVALID_STATE'],
  })(async ({ params }) => ({
    status: 200,
    body: keyView(access(), await revokeKey(access(), params.key_id)),
  })),

  openSession: route({
    method: 'POST',
    path: '/session',
    summary: 'Sign in to the console with the key of this request',
    description:
      'The answer sets a cookie that scripts cannot read and other sites cannot send. In the console it replaces the key, until it expires, the key ends, or the secret that was sent ends.',
    scope: 'any',
    answers: {
      201: {
        description: 'The session.',
        schema: sessionAnswer,
        headers: { 'Set-Cookie': 'The token of the session: HttpOnly, Secure, SameSite=Strict.' },
      },
    },
    errors: ['FORBIDDEN'],
  })(async ({ headers }) => {
    const { token, ...session } = await openSession(access(), secretIn(headers));
    return {
      status: 201,
      headers: { 'set-cookie': cookie(token, SESSION_MS / 1_000) },
      body: sessionView(access(), session),
    };
  }),

  closeSession: route({
    method: 'DELETE',
    path: '/session',
    summary: 'Sign out of the console',
    scope: 'any',
    answers: {
      204: { description: 'The session has ended.', headers: { 'Set-Cookie': 'Deletes the cookie of the session.' } },
    },
    errors: ['NOT_FOUND'],
  })(async ({ headers }) => {
    await closeSession(access(), secretIn(headers));
    return { status: 204, headers: { 'set-cookie': cookie('', 0) }, body: '' };
  }),
};

const cookie = (token: string, maxAge: number) =>
  `${COOKIE}=${token}; Max-Age=${maxAge}; Path=/; HttpOnly; Secure; SameSite=Strict`;

export const handler = dispatch(routes, admit);
