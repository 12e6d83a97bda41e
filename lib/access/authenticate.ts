import type { Principal } from '../kernel/principal.ts';
import { endOf, hashOf, principalOf } from './key.ts';
import type { AuthenticateDeps } from './ports.ts';

/**
 * How long a process answers for a key without reading the table. API Gateway caches the answer too, for as long as
 * resources/authorizer.yml says. Together this is less than 60 s, within which a revoked key is refused.
 */
export const CACHED_MS = 25_000;
const MAX_CACHED = 1_000;

type Cached = { readonly principal: Principal; readonly until: number };
export type Authenticate = (secret: string) => Promise<Principal | undefined>;

/** @returns who a secret belongs to, undefined if it is unknown, revoked or expired. Refusals are not cached. */
export function authenticator({ keys, now }: AuthenticateDeps): Authenticate {
  const cache = new Map<string, Cached>();
  return async (secret) => {
    const hash = hashOf(secret);
    const cached = cache.get(hash);
    if (cached && now() < cached.until) return cached.principal;
    cache.delete(hash);
    const found = await keys.findByHash(hash);
    if (!found) return undefined;
    const end = endOf(found.key, found.secret);
    if (end <= now()) return undefined;
    if (cache.size >= MAX_CACHED) cache.clear();
    const principal = principalOf(found.key);
    cache.set(hash, { principal, until: Math.min(end, now() + CACHED_MS) });
    return principal;
  };
}
