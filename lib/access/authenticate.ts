import { BoundedMap } from '../kernel/bounded-map.ts';
import type { Principal } from '../kernel/principal.ts';
import { type ApiKey, endOfCredential, hashOf, principalOf } from './key.ts';
import type { AuthenticateDeps } from './ports.ts';

/**
 * How long a process answers for a key without reading the table. API Gateway caches the answer too, for as long as
 * resources/authorizer.yml says. Together this is less than 60 s, within which a revoked key is refused.
 */
export const CACHED_MS = 25_000;
/** The last use of a key is stored at most this often. */
export const USE_MS = 60_000;
const MAX_CACHED = 1_000;

type Cached = { readonly principal: Principal; readonly until: number };
export type Authenticate = (secret: string) => Promise<Principal | undefined>;

/** @returns who a secret, or the token of a session, belongs to, undefined if it is unknown, revoked or expired. Refusals are not cached. */
export function authenticator(deps: AuthenticateDeps): Authenticate {
  const { keys, now } = deps;
  const cache = new BoundedMap<string, Cached>(MAX_CACHED);
  const recordUse = useRecorder(deps);
  return async (secret) => {
    const hash = hashOf(secret);
    const readAt = now();
    const cached = cache.get(hash);
    if (cached && readAt < cached.until) return cached.principal;
    cache.delete(hash);
    const found = await keys.findByHash(hash);
    const end = found ? endOfCredential(found) : 0;
    if (!found || end <= now()) return undefined;
    await recordUse(found.key);
    const principal = principalOf(found.key);
    cache.set(hash, { principal, until: Math.min(end, readAt + CACHED_MS) });
    return principal;
  };
}

/** Stores the use of a key. A use that is not stored never refuses a request. */
function useRecorder({ keys, now, onFailure }: AuthenticateDeps): (key: ApiKey) => Promise<void> {
  const recorded = new BoundedMap<string, number>(MAX_CACHED);
  return async ({ id }) => {
    const time = now();
    if (time < (recorded.get(id) ?? 0) + USE_MS) return;
    recorded.set(id, time);
    await keys.recordUse(id, time).catch(onFailure);
  };
}
