import { useQuery } from '@tanstack/react-query';
import type { KeyScope, OwnKey } from '../../client/index.ts';
import { SluiceError } from '../../client/index.ts';
import { queries, SESSION } from './api.ts';
import { reportingFetch } from './connection.ts';

export type Session = {
  readonly expires_at: string;
  readonly key: Pick<OwnKey, 'key_id' | 'name' | 'person' | 'scopes' | 'limits'>;
};

/** @throws SluiceError if the service refuses; the error of `fetch` if it does not answer */
async function call(method: 'GET' | 'POST' | 'DELETE', headers: Record<string, string> = {}): Promise<Session | null> {
  const response = await reportingFetch('/session', { method, headers: { 'X-Sluice-Console': '1', ...headers } });
  if (response.status === 204) return null;
  const body = await response.json();
  if (!response.ok) throw new SluiceError(response, body.error);
  return body;
}

async function read(): Promise<Session | null> {
  try {
    return await call('GET');
  } catch (error) {
    if (error instanceof SluiceError && error.status === 401) return null;
    throw error;
  }
}

/** Null without a session. Read every minute, so that a revoked key signs its user out. */
export const useSession = () =>
  useQuery({ queryKey: SESSION, queryFn: read, refetchInterval: 60_000, staleTime: 30_000 });

export async function signIn(key: string): Promise<void> {
  queries.setQueryData(SESSION, await call('POST', { 'X-API-Key': key }));
}

export async function signOut(): Promise<void> {
  await call('DELETE');
  queries.clear();
  queries.setQueryData(SESSION, null);
}

/** Whether the user's key has this scope. What it lacks is not offered. */
export function useCan(): (scope: KeyScope) => boolean {
  const { data } = useSession();
  return (scope) => data?.key.scopes.includes(scope) ?? false;
}
