import type { EventDeps } from '../events/index.ts';
import { AppError } from '../kernel/errors.ts';
import type { IdempotencyKey } from '../kernel/idempotency.ts';
import { changeToAsk } from './ask-change.ts';
import { type AskedKey, hasOtherApprover, keyText } from './asked-key.ts';
import { type ApiKey, hashOf, isDeciding, type KeySettings, newKeyId, personOf } from './key.ts';
import { keyCreated } from './key-events.ts';
import type { AccessDeps, KeyStore, WithKey } from './ports.ts';

export type KeyRequest = Omit<KeySettings, 'expiresAt'> & {
  readonly person: string;
  /** Epoch milliseconds. */
  readonly expiresAt?: number | undefined;
  /** The hash of a secret that its holder has made. Only the holder has the secret. */
  readonly secretHash?: string | undefined;
};

/** `secret`: only in the first answer, and only if the service has made it. It is stored nowhere. */
export type NewSecret = { readonly key: ApiKey; readonly secret?: string | undefined; readonly replayed: boolean };

/**
 * Makes a key. If it can decide, and there is an approver besides the caller, it cannot be used until another person has
 * approved it. Its person never changes. An earlier request with the same idempotency key has made the same key; its secret
 * cannot be returned again.
 * @throws AppError VALIDATION_ERROR, IDEMPOTENCY_MISMATCH
 */
export async function createKey(
  deps: AccessDeps,
  request: KeyRequest,
  idempotencyKey: IdempotencyKey,
): Promise<NewSecret> {
  const id = newKeyId(deps.now(), deps.newId());
  const keyed = { scope: 'key', key: idempotencyKey, request };
  const { key, secret } = newKey(deps, { ...request, id });
  const needsApproval = key.scopes.some(isDeciding) && (await hasOtherApprover(deps));
  if (!needsApproval) return insert(deps, { key, secret }, { keyed });
  const change: AskedKey = { action: 'create', key: keyText(key) };
  const asked = { kind: 'key', subject: id, change, beneficiary: key.person } as const;
  const { approval, write } = changeToAsk(deps, asked);
  return insert(deps, { key: { ...key, awaits: approval.id }, secret }, { keyed, approval: write });
}

type StoreDeps = EventDeps & { readonly keys: KeyStore; readonly newSecret: () => string };

/** Makes a key that needs no approval. @throws AppError as {@link createKey}; INVALID_STATE there is a key with this id */
export async function storeKey(deps: StoreDeps, request: KeyRequest & Pick<ApiKey, 'id'>): Promise<NewSecret> {
  return insert(deps, newKey(deps, request));
}

type Made = Pick<NewSecret, 'key' | 'secret'>;

function newKey(deps: StoreDeps, { secretHash, ...request }: KeyRequest & Pick<ApiKey, 'id'>): Made {
  const now = deps.now();
  const made = secretHash === undefined ? deps.newSecret() : undefined;
  const key: ApiKey = {
    ...request,
    person: personOf(request.person),
    createdAt: new Date(now).toISOString(),
    expiresAt: expiryOf(request.expiresAt, now),
    version: 1,
    secrets: [{ hash: secretHash ?? hashOf(`${made}`) }],
  };
  return { key, secret: made };
}

async function insert(deps: StoreDeps, { key, secret }: Made, more: WithKey = {}): Promise<NewSecret> {
  const inserted = await deps.keys.insert(key, keyCreated(deps, key), more);
  return inserted.replayed ? inserted : { ...inserted, secret };
}

/** @throws AppError VALIDATION_ERROR the time has passed */
export function expiryOf(expiresAt: number | undefined, now: number): string | undefined {
  if (expiresAt === undefined) return undefined;
  if (expiresAt > now) return new Date(expiresAt).toISOString();
  throw new AppError('VALIDATION_ERROR', { details: [{ path: 'expires_at', reason: 'must be in the future' }] });
}
