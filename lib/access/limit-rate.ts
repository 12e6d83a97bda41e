import { BoundedMap } from '../kernel/bounded-map.ts';
import { AppError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { KeyId, Principal } from '../kernel/principal.ts';
import type { Rate, RateStore } from './ports.ts';

/*
 * Requests per second. Each key has a bucket of tokens in the access table: it holds `burst` tokens, and gets
 * `requests_per_second` of them each second. A container takes tokens for about one second at a time, as many as it had requests
 * in a recent second, and admits one request for each. So it writes about once a second, not once per request.
 *
 * The error: tokens that a container has taken are valid for one second. So in any t seconds all containers together admit at
 * most burst + rate x (t + 1) requests, however many they are; clocks that differ by s seconds add at most rate x s to that. Below
 * the limit a request may be refused only because another container has taken tokens that it does not use, at most those of
 * its last busy second.
 *
 * If the table fails, every request is admitted for a second: the limit protects capacity, and the limits of money have counters
 * of their own, which fail closed.
 */

/** How long tokens are valid, and the longest time for which refusals need no further read. */
const LEASE_MS = 1_000;
/** Keys whose tokens a process keeps. */
const MAX_KEYS = 1_000;

type Deps = { readonly rates: RateStore; readonly now: () => number; readonly log: Pick<Log, 'warn'> };

/** The tokens that a container has of one key. Times are epoch milliseconds. */
type Local = {
  tokens: number;
  /** When the tokens end. */
  until: number;
  refusedUntil: number;
  /** The table has failed: there is no limit until then. */
  openUntil: number;
  /** Requests since `secondSince`, and in the second before. */
  requests: number;
  before: number;
  secondSince: number;
  leasing: Promise<void> | undefined;
};

/** @returns a function that counts a request of a key; it throws AppError RATE_LIMITED when the key has no token left */
export function rateLimiter(deps: Deps): (principal: Principal) => Promise<void> {
  const keys = new BoundedMap<KeyId, Local>(MAX_KEYS);
  return async ({ keyId, limits: { requestsPerSecond: perSecond, burst } }) => {
    if (perSecond === undefined) return;
    const local = keys.get(keyId) ?? newLocal(deps.now());
    keys.set(keyId, local);
    count(local, deps.now());
    await takeToken(deps, local, keyId, { perSecond, burst: burst ?? perSecond });
  };
}

function newLocal(now: number): Local {
  const tokens = { tokens: 0, until: 0, refusedUntil: 0, openUntil: 0, leasing: undefined };
  return { ...tokens, requests: 0, before: 0, secondSince: now };
}

function count(local: Local, now: number): void {
  const seconds = Math.floor((now - local.secondSince) / 1_000);
  if (seconds > 0) {
    local.before = seconds === 1 ? local.requests : 0;
    local.requests = 0;
    local.secondSince += seconds * 1_000;
  }
  local.requests += 1;
}

/** Requests that come at the same time share one lease. */
async function takeToken(deps: Deps, local: Local, keyId: KeyId, rate: Rate): Promise<void> {
  for (;;) {
    const now = deps.now();
    if (now < local.openUntil) return;
    if (local.tokens > 0 && now < local.until) {
      local.tokens -= 1;
      return;
    }
    if (now < local.refusedUntil) throw tooMany(rate, local.refusedUntil - now);
    local.leasing ??= lease(deps, local, keyId, rate).finally(() => {
      local.leasing = undefined;
    });
    await local.leasing;
  }
}

async function lease({ rates, now, log }: Deps, local: Local, keyId: KeyId, rate: Rate): Promise<void> {
  const wanted = Math.min(Math.max(local.requests, local.before), rate.perSecond);
  try {
    const { taken, nextAt } = await rates.take(keyId, rate, wanted, now());
    Object.assign(local, { tokens: taken, until: now() + LEASE_MS });
    if (taken === wanted) return;
    // The bucket is empty. It is not asked again before it has enough for another second.
    const enoughAt = nextAt + ((Math.min(wanted, rate.burst) - 1) * 1_000) / rate.perSecond;
    local.refusedUntil = Math.max(now() + 1, Math.min(enoughAt, now() + LEASE_MS));
  } catch (error) {
    log.warn('the rate limit of a key could not be checked', { key_id: keyId, error: error as Error });
    local.openUntil = now() + LEASE_MS;
  }
}

function tooMany({ perSecond, burst }: Rate, forMs: number): AppError {
  return new AppError('RATE_LIMITED', {
    message: `This key may make ${perSecond} requests per second, and ${burst} at once after a pause.`,
    retryAfter: Math.max(1, Math.ceil(forMs / 1_000)),
  });
}
