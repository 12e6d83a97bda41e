import { AppError, invariant } from '../kernel/errors.ts';
import { type IdempotencyKey, type KeyedRequest, knownOr } from '../kernel/idempotency.ts';
import { retryWhileContended } from '../kernel/optimistic-retry.ts';
import type { KeyId } from '../kernel/principal.ts';
import { readKey, refuseUnusable } from './change-key.ts';
import type { NewSecret } from './create-key.ts';
import { type ApiKey, hashOf, isDeciding, rotated } from './key.ts';
import { keyRotated } from './key-events.ts';
import type { AccessDeps } from './ports.ts';

export type RotateRequest = {
  /** The old secrets are valid for so long. */
  readonly overlapMs: number;
  /** The hash of a secret that the holder has made. */
  readonly secretHash?: string | undefined;
};

/** Valid at the same time. */
const MAX_SECRETS = 5;

/**
 * Gives a key a new secret. All that are valid now end after the overlap, or earlier if they had an end.
 * @throws AppError NOT_FOUND, IDEMPOTENCY_MISMATCH; INVALID_STATE it is revoked or awaits approval, or has too many secrets;
 *   FORBIDDEN another person would get the secret of a key that can decide
 */
export async function rotateKey(
  deps: AccessDeps,
  id: string,
  request: RotateRequest,
  idempotencyKey: IdempotencyKey,
): Promise<NewSecret> {
  const made = request.secretHash === undefined ? deps.newSecret() : undefined;
  const hash = request.secretHash ?? hashOf(`${made}`);
  const keyed = { scope: `rotate-key:${id}`, key: idempotencyKey, request };
  const rotate = () =>
    retryWhileContended<NewSecret>(deps, async () => {
      const before = await readKey(deps, id);
      refuseOtherPerson(deps, before);
      refuseUnusable(before);
      const now = deps.now();
      const until = now + request.overlapMs;
      const after = rotated(before, hash, now, until);
      if (after.secrets.length > MAX_SECRETS) {
        throw new AppError('INVALID_STATE', {
          message: `The key has ${MAX_SECRETS} valid secrets. Wait until one expires, or rotate it without an overlap.`,
        });
      }
      const written = await deps.keys.replace({ before, after, event: keyRotated(deps, after, until), keyed });
      if (written?.kind !== 'known') return written && { key: after, secret: made, replayed: false };
      return { key: await current(deps, before.id), replayed: true };
    });
  return rotate().catch((refusal) => knownOr(() => earlier(deps, keyed), refusal));
}

/** What an earlier request made. It may be the reason of the refusal, or the key was revoked since. */
async function earlier(deps: AccessDeps, keyed: KeyedRequest): Promise<NewSecret | undefined> {
  const id = await deps.keys.recall(keyed, deps.now());
  return id && { key: await current(deps, id), replayed: true };
}

async function current({ keys }: AccessDeps, id: KeyId): Promise<ApiKey> {
  const key = await keys.read(id);
  invariant(key, 'a key is never deleted');
  return key;
}

/** The secret of a key that can decide is given only to its own person. */
function refuseOtherPerson(deps: AccessDeps, { scopes, person }: ApiKey): void {
  const scope = scopes.find(isDeciding);
  if (scope === undefined || deps.principal()?.person === person) return;
  throw new AppError('FORBIDDEN', {
    message: `Only a key of the same person can rotate a key with the scope ${scope}. Revoke it instead.`,
  });
}
