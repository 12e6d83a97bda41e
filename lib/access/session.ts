import { createHash } from 'node:crypto';
import { AppError } from '../kernel/errors.ts';
import { generatedId } from '../kernel/id.ts';
import { type ApiKey, type Credential, endOf, hashOf } from './key.ts';
import { sessionClosed, sessionOpened } from './key-events.ts';
import type { AccessDeps } from './ports.ts';

export const SESSION_MS = 8 * 60 * 60 * 1_000;
export const COOKIE = 'sluice_session';

const sessionIds = generatedId<string>('ses');

/** The prefix distinguishes a token from a key. @param secret a new one */
const tokenOf = (secret: string) => `ses_${createHash('sha256').update(secret).digest('base64url')}`;

/** Without an id: the request has the key itself. */
export type OpenSession = {
  readonly key: ApiKey;
  readonly id: string | undefined;
  readonly expiresAt: string | undefined;
};

/**
 * Opens a session of the key that the request has.
 * @param secret of the request
 * @returns its token, which is given away once
 * @throws AppError FORBIDDEN the request has a session, not a key; UNAUTHORIZED the key has ended since
 */
export async function openSession(deps: AccessDeps, secret: string): Promise<OpenSession & { readonly token: string }> {
  const { key, secretHash, session } = await credentialOf(deps, secret);
  if (session) throw new AppError('FORBIDDEN', { message: 'A session cannot open another one. Send the key.' });
  const end = Math.min(endOf(key, secretHash), deps.now() + SESSION_MS);
  const opened = { id: sessionIds.from(deps.newId()), secretHash, expiresAt: new Date(end).toISOString() };
  const token = tokenOf(deps.newSecret());
  await deps.keys.insertSession(hashOf(token), { keyId: key.id, session: opened }, sessionOpened(deps, key, opened));
  return { key, id: opened.id, expiresAt: opened.expiresAt, token };
}

/** @throws AppError UNAUTHORIZED the key has ended since */
export async function readSession(deps: AccessDeps, secret: string): Promise<OpenSession> {
  const { key, session } = await credentialOf(deps, secret);
  return { key, id: session?.id, expiresAt: session?.expiresAt ?? key.expiresAt };
}

/** Ends the session of the request. @throws AppError NOT_FOUND it has a key, and no session */
export async function closeSession(deps: AccessDeps, secret: string): Promise<void> {
  const { key, session } = await credentialOf(deps, secret);
  if (!session) throw new AppError('NOT_FOUND', { message: 'This request has no session.' });
  await deps.keys.deleteSession(hashOf(secret), sessionClosed(deps, key, session));
}

async function credentialOf({ keys }: AccessDeps, secret: string): Promise<Credential> {
  const found = await keys.findByHash(hashOf(secret));
  if (!found) throw new AppError('UNAUTHORIZED');
  return found;
}
