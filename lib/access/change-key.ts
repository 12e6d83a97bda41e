import { isEqual } from 'es-toolkit';
import { AppError, orNotFound } from '../kernel/errors.ts';
import { retryWhileContended } from '../kernel/optimistic-retry.ts';
import { expiryOf, type KeyRequest } from './create-key.ts';
import { type ApiKey, isAdmin, type KeySettings, keyIdOf } from './key.ts';
import { keyChanged, keyRevoked } from './key-events.ts';
import type { AccessDeps, KeyChange } from './ports.ts';

/** What can be changed. It replaces all of it, so that a request says everything that the key may do afterwards. */
export type ChangeRequest = Omit<KeyRequest, 'person' | 'secretHash'>;

/**
 * Replaces name, scopes, limits and expiry of a key.
 * @throws AppError NOT_FOUND, VALIDATION_ERROR; INVALID_STATE it is revoked, or no other key would have the scope admin
 */
export function changeKey(deps: AccessDeps, id: string, { expiresAt, ...request }: ChangeRequest): Promise<ApiKey> {
  return replaceKey(deps, id, (before, now) => {
    refuseRevoked(before);
    const settings: KeySettings = { ...request, expiresAt: expiryOf(expiresAt, now) };
    const after = { ...before, ...settings, version: before.version + 1 };
    if (isEqual(withoutUndefined({ ...after, version: before.version }), withoutUndefined(before))) return undefined;
    return { before, after, event: keyChanged(deps, after) };
  });
}

const withoutUndefined = (key: ApiKey): unknown => JSON.parse(JSON.stringify(key));

/**
 * Revokes a key with all its secrets. It is refused everywhere within 60 s. A key that is revoked stays as it is.
 * @throws AppError NOT_FOUND; INVALID_STATE it is the last one with the scope admin
 */
export function revokeKey(deps: AccessDeps, id: string): Promise<ApiKey> {
  return replaceKey(deps, id, (before, now) => {
    if (before.revokedAt !== undefined) return undefined;
    const after = { ...before, revokedAt: new Date(now).toISOString(), version: before.version + 1 };
    return { before, after, event: keyRevoked(deps, after) };
  });
}

/** @param decide the change, or undefined if there is nothing to change */
function replaceKey(
  deps: AccessDeps,
  id: string,
  decide: (before: ApiKey, now: number) => Omit<KeyChange, 'keyed' | 'witness'> | undefined,
): Promise<ApiKey> {
  return retryWhileContended(deps, async () => {
    const before = await readKey(deps, id);
    const now = deps.now();
    const change = decide(before, now);
    if (!change) return before;
    const witness = needsWitness(change, now) ? await otherAdmin(deps, before, now) : undefined;
    return (await deps.keys.replace({ ...change, witness })) && change.after;
  });
}

/** @throws AppError NOT_FOUND */
export async function readKey({ keys }: Pick<AccessDeps, 'keys'>, id: string): Promise<ApiKey> {
  const keyId = keyIdOf(id);
  return orNotFound(keyId && (await keys.read(keyId)), `There is no key ${id}.`);
}

/** @throws AppError INVALID_STATE */
export function refuseRevoked({ id, revokedAt }: ApiKey): void {
  if (revokedAt !== undefined) throw new AppError('INVALID_STATE', { message: `The key ${id} is revoked.` });
}

/** A key that loses `admin`, or gets an end, must leave another key that has it. */
const needsWitness = ({ before, after }: Pick<KeyChange, 'before' | 'after'>, now: number) =>
  isAdmin(before, now) &&
  (!isAdmin(after, now) || (after.expiresAt !== before.expiresAt && after.expiresAt !== undefined));

/**
 * The other key with the scope admin that is valid the longest. The write names its version: of two keys that revoke each
 * other at the same time, one stays.
 * @throws AppError INVALID_STATE there is none
 */
async function otherAdmin({ keys }: AccessDeps, { id }: ApiKey, now: number): Promise<ApiKey> {
  const admins = (await keys.all()).filter((key) => key.id !== id && isAdmin(key, now));
  const endOf = ({ expiresAt = '9999' }: ApiKey) => expiresAt;
  const longest = admins.reduce<ApiKey | undefined>(
    (best, key) => (best && endOf(best) >= endOf(key) ? best : key),
    undefined,
  );
  if (longest) return longest;
  const message = 'This is the last key with the scope admin. Create another one first, or rotate this one.';
  throw new AppError('INVALID_STATE', { message });
}
