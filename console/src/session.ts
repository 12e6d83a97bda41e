import { useQuery } from '@tanstack/react-query';
import { createContext, use } from 'react';
import { isSluiceError, type KeyScope, type Session } from '../../client/index.ts';
import { api, apiWith, queries, SESSION } from './api.ts';
import { setAssets } from './decimals.ts';

function known(session: Session): Session {
  setAssets(session.assets);
  return session;
}

async function read(): Promise<Session | null> {
  try {
    return known(await api.keys.session());
  } catch (error) {
    if (isSluiceError(error, 'UNAUTHORIZED')) return null;
    throw error;
  }
}

/** Null without a session. Read every minute, so that a revoked key signs its user out. */
export const useSession = () =>
  useQuery({ queryKey: SESSION, queryFn: read, refetchInterval: 60_000, staleTime: 30_000 });

export async function signIn(apiKey: string): Promise<void> {
  queries.setQueryData(SESSION, known(await apiWith({ apiKey }).keys.openSession()));
}

export async function signOut(): Promise<void> {
  await api.keys.closeSession();
  queries.clear();
  queries.setQueryData(SESSION, null);
}

/** Of the user whose screens are shown. One reader for all that ask: each screen has dozens. */
export const SessionContext = createContext<Session | null>(null);

/** Whether the user's key has this scope. What it lacks is not offered. */
export function useCan(): (scope: KeyScope) => boolean {
  const session = use(SessionContext);
  return (scope) => session?.key.scopes.includes(scope) ?? false;
}
