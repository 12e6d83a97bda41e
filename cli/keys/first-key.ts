import { randomBytes, randomUUID } from 'node:crypto';
import { type NewSecret, storeKey } from '../../lib/access/create-key.ts';
import { FIRST_KEY_ID, isAdmin, isLive, newKeyId, SECRET_BYTES, secretOf } from '../../lib/access/key.ts';
import type { KeyStore } from '../../lib/access/ports.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { KEY_SCOPES, type KeyScope } from '../../lib/kernel/principal.ts';

export type FirstKey = {
  readonly stage: string;
  readonly name: string;
  readonly person: string;
  readonly scopes: readonly KeyScope[];
  /** RFC 3339. */
  readonly expires?: string;
  readonly secretSha256?: string;
  readonly force?: boolean;
};

/**
 * Stores a key without the API. Without `force` its id is fixed, so only one of several commands at once makes a key.
 * @throws AppError INVALID_STATE there is a key with the scope admin, or the first key was made before
 */
export async function makeFirstKey(keys: KeyStore, wanted: FirstKey): Promise<NewSecret> {
  const { stage, name, person, scopes, expires, secretSha256, force = false } = wanted;
  if (!force) await refuseSecondAdmin(keys);
  const deps = {
    ...{ keys, now: Date.now, requestId: () => undefined, principal: () => undefined },
    newSecret: () => secretOf(isLive(stage), randomBytes(SECRET_BYTES)),
  };
  return storeKey(deps, {
    ...{ name, person, limits: {}, secretHash: secretSha256 },
    scopes: KEY_SCOPES.filter((scope) => scopes.includes(scope)),
    expiresAt: expires === undefined ? undefined : Date.parse(expires),
    id: force ? newKeyId(Date.now(), randomUUID()) : FIRST_KEY_ID,
  });
}

async function refuseSecondAdmin(keys: KeyStore): Promise<void> {
  const admin = (await keys.all()).find((key) => isAdmin(key, Date.now()));
  if (!admin) return;
  throw new AppError('INVALID_STATE', {
    message: `There is a key with the scope admin: ${admin.id} (${admin.name}, ${admin.person}). Use it, or repeat with --force.`,
  });
}
