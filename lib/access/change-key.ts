import { isEqual } from 'es-toolkit';
import { AppError, orNotFound } from '../kernel/errors.ts';
import { retryWhileContended } from '../kernel/optimistic-retry.ts';
import type { Approval } from './approval.ts';
import { askForChange } from './ask-change.ts';
import { type AskedKey, hasOtherApprover, keyText } from './asked-key.ts';
import { expiryOf, type KeyRequest } from './create-key.ts';
import { type ApiKey, givesMore, isAdmin, type KeySettings, keyIdOf, withSettings } from './key.ts';
import { keyChanged, keyRevoked } from './key-events.ts';
import type { AccessDeps, KeyChange } from './ports.ts';

/** What can be changed. It replaces all of it, so that a request says everything that the key may do afterwards. */
export type ChangeRequest = Omit<KeyRequest, 'person' | 'secretHash'>;

/** `changed`: it holds. `waiting`: it holds once another person has approved it. */
export type KeyChanged =
  | { readonly kind: 'changed'; readonly key: ApiKey }
  | { readonly kind: 'waiting'; readonly approval: Approval };

/**
 * Replaces name, scopes, limits and expiry of a key. What gives the key more power waits for another person, if there is an
 * approver besides the caller.
 * @throws AppError NOT_FOUND, VALIDATION_ERROR; INVALID_STATE it is revoked or awaits approval, or no other key would have
 *   the scope admin
 */
export function changeKey(deps: AccessDeps, id: string, { expiresAt, ...request }: ChangeRequest): Promise<KeyChanged> {
  return retryWhileContended(deps, async () => {
    const before = await readKey(deps, id);
    refuseUnusable(before);
    const settings: KeySettings = { ...request, expiresAt: expiryOf(expiresAt, deps.now()) };
    const after = withSettings(before, settings, deps.now());
    if (isEqual(withoutUndefined({ ...after, version: before.version }), withoutUndefined(before))) {
      return { kind: 'changed', key: before } as const;
    }
    if (givesMore(before, after) && (await hasOtherApprover(deps))) {
      return { kind: 'waiting', approval: await askForKey(deps, before, after) } as const;
    }
    const key = await write(deps, { before, after, event: keyChanged(deps, after) });
    return key && ({ kind: 'changed', key } as const);
  });
}

function askForKey(deps: AccessDeps, before: ApiKey, after: ApiKey): Promise<Approval> {
  const change: AskedKey = {
    ...{ action: 'change', version: before.version },
    ...{ before: keyText(before), key: keyText(after) },
  };
  return askForChange(deps, { kind: 'key', subject: before.id, change, beneficiary: before.person });
}

const withoutUndefined = (key: ApiKey): unknown => JSON.parse(JSON.stringify(key));

/**
 * Revokes a key with all its secrets. It is refused everywhere within 60 s. Repeating it changes nothing.
 * @throws AppError NOT_FOUND; INVALID_STATE it is the last one with the scope admin
 */
export function revokeKey(deps: AccessDeps, id: string): Promise<ApiKey> {
  return retryWhileContended(deps, async () => {
    const before = await readKey(deps, id);
    if (before.revokedAt !== undefined) return before;
    const after = { ...before, revokedAt: new Date(deps.now()).toISOString(), version: before.version + 1 };
    return write(deps, { before, after, event: keyRevoked(deps, after) });
  });
}

/** @returns undefined if the key has another version by now */
async function write(deps: AccessDeps, change: Pick<KeyChange, 'before' | 'after' | 'event'>) {
  return (await deps.keys.replace({ ...change, witness: await witnessOf(deps, change) })) && change.after;
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

/** @throws AppError INVALID_STATE it is revoked, or awaits its approval */
export function refuseUnusable(key: ApiKey): void {
  refuseRevoked(key);
  if (key.awaits === undefined) return;
  throw new AppError('INVALID_STATE', { message: `The key ${key.id} awaits the approval ${key.awaits}.` });
}

type WitnessDeps = Pick<AccessDeps, 'keys' | 'now'>;

/** The key that must stay for a change to be written, if there must be one. @throws AppError INVALID_STATE there is none */
export async function witnessOf(deps: WitnessDeps, change: Pick<KeyChange, 'before' | 'after'>) {
  const now = deps.now();
  return needsWitness(change, now) ? otherAdmin(deps, change.before, now) : undefined;
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
async function otherAdmin({ keys }: WitnessDeps, { id }: ApiKey, now: number): Promise<ApiKey> {
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
