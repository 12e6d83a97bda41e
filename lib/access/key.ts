import { createHash } from 'node:crypto';
import { generatedId } from '../kernel/id.ts';
import type { KeyId, KeyLimits, KeyScope, Principal } from '../kernel/principal.ts';
import type { ApprovalId } from './approval.ts';

/** What an administrator decides about a key, and may change. */
export type KeySettings = {
  readonly name: string;
  readonly scopes: readonly KeyScope[];
  readonly limits: KeyLimits;
  readonly expiresAt?: string | undefined;
};

/** An API key. It belongs to one person, for its whole life. Only the SHA-256 of its secret is stored. */
export type ApiKey = KeySettings & {
  readonly id: KeyId;
  /** Who uses it, such as an e-mail address, in the form of `personOf`. */
  readonly person: string;
  readonly createdAt: string;
  readonly revokedAt?: string | undefined;
  /** The key cannot be used until this approval is approved. */
  readonly awaits?: ApprovalId | undefined;
  /** When the key lost the scope `payouts:approve`, if it had it. */
  readonly approvedUntil?: string | undefined;
  /** Counts the changes: a write names the version that it was decided on. */
  readonly version: number;
  /** The newest first. While a key is rotated it has several. */
  readonly secrets: readonly Secret[];
};

export type Secret = {
  /** SHA-256, hex. Secrets are long random strings, so a plain hash is enough. */
  readonly hash: string;
  /** The old secret of a rotated key is valid until then. */
  readonly expiresAt?: string | undefined;
};

const keyIds = generatedId<KeyId>('key');
export const KEY_ID = keyIds.pattern;
export const keyIdOf = keyIds.parse;
export const newKeyId = keyIds.at;
/** The key that `npm start` makes. */
export const LOCAL_KEY_ID = keyIds.derive('local');
/** The first key of a deployment. It has one id, so that two commands at once make one key. */
export const FIRST_KEY_ID = keyIds.derive('first');

export const hashOf = (secret: string) => createHash('sha256').update(secret).digest('hex');
export const SECRET_HASH = /^[0-9a-f]{64}$/;
export const SECRET_BYTES = 32;

/** Stages with money in them. */
export const isLive = (stage: string) => stage.startsWith('prod');

/**
 * The secret of a key: a prefix that secret scanners find, random bytes, and a checksum, by which a scanner tells a secret
 * from other text.
 * @param bytes {@link SECRET_BYTES} of a cryptographic generator
 */
export function secretOf(live: boolean, bytes: Uint8Array): string {
  const body = `${live ? 'sk_live_' : 'sk_test_'}${Buffer.from(bytes).toString('base64url')}`;
  return body + createHash('sha256').update(body).digest('base64url').slice(0, 6);
}

/** One spelling for each person: `Ana@Example.com ` and `ana@example.com` are the same one. */
export const personOf = (written: string) => written.normalize('NFKC').trim().toLowerCase();

/**
 * A browser's stand-in for a key: it may do the same, for a shift, and dies with the secret that it was opened with. Only the
 * SHA-256 of its token is stored. The console has the token in a cookie that scripts cannot read.
 */
export type Session = {
  readonly id: string;
  /** SHA-256 of the secret of the key, hex. */
  readonly secretHash: string;
  readonly expiresAt: string;
};

/** What a request shows: a secret of a key, or a session that was opened with one. */
export type Credential = {
  readonly key: ApiKey;
  readonly secretHash: string;
  readonly session?: Session | undefined;
};

/** Epoch milliseconds from which the credential is refused, or Infinity. */
export const endOfCredential = ({ key, secretHash, session }: Credential) =>
  Math.min(endOf(key, secretHash), earliest(session?.expiresAt));

/** Epoch milliseconds from which the secret is refused, or Infinity. */
export function endOf(key: ApiKey, hash: string): number {
  const secret = key.secrets.find((one) => one.hash === hash);
  if (!secret || key.awaits !== undefined) return Number.NEGATIVE_INFINITY;
  return earliest(key.expiresAt, key.revokedAt, secret.expiresAt);
}

const earliest = (...times: (string | undefined)[]) =>
  Math.min(...times.filter((time) => time !== undefined).map((time) => Date.parse(time)), Number.POSITIVE_INFINITY);

/** With these scopes a person decides on what others do. */
const DECIDING: readonly KeyScope[] = ['admin', 'payouts:approve', 'operations'];
export const isDeciding = (scope: KeyScope) => DECIDING.includes(scope);

/** Whether a change gives a key a scope with which it can decide, a higher limit, or as a key that can decide more time. */
export function givesMore(before: KeySettings, after: KeySettings): boolean {
  const added = after.scopes.filter((scope) => isDeciding(scope) && !before.scopes.includes(scope));
  const staysLonger = earliest(after.expiresAt) > earliest(before.expiresAt) && after.scopes.some(isDeciding);
  return added.length > 0 || staysLonger || raisesLimit(before.limits, after.limits);
}

/** An absent limit is the highest one. Without `burst`, the burst is the requests of one second. */
function raisesLimit(before: KeyLimits, after: KeyLimits): boolean {
  const isMore = (old: bigint | number | string | undefined, next: bigint | number | string | undefined) =>
    old !== undefined && (next === undefined || BigInt(next) > BigInt(old));
  const rises = (old: KeyLimits['maxPerDay'] = {}, next: KeyLimits['maxPerDay'] = {}) =>
    Object.entries(old).some(([unit, minor]) => isMore(minor, next[unit as keyof typeof next]));
  return (
    isMore(before.requestsPerSecond, after.requestsPerSecond) ||
    isMore(burstOf(before), burstOf(after)) ||
    rises(before.maxPerPayout, after.maxPerPayout) ||
    rises(before.maxPerDay, after.maxPerDay)
  );
}

const burstOf = ({ requestsPerSecond, burst }: KeyLimits) =>
  requestsPerSecond === undefined ? undefined : (burst ?? requestsPerSecond);

export const KEY_STATUSES = ['awaiting_approval', 'active', 'expired', 'revoked'] as const;
export type KeyStatus = (typeof KEY_STATUSES)[number];
export function statusOf({ revokedAt, expiresAt, awaits }: ApiKey, now: number): KeyStatus {
  if (revokedAt !== undefined) return 'revoked';
  if (awaits !== undefined) return 'awaiting_approval';
  return earliest(expiresAt) <= now ? 'expired' : 'active';
}

/** Whether the key can administer keys at this time. */
export const isAdmin = (key: ApiKey, now: number) => key.scopes.includes('admin') && statusOf(key, now) === 'active';

/**
 * A person is an approver for so long after their key ended. Else an administrator could revoke the keys of all other
 * approvers and change everything alone.
 */
const APPROVER_FOR_MS = 30 * 24 * 60 * 60 * 1_000;

/** Whether the key can approve what this person asks for, or could do so a short time ago. */
export const isOtherApprover = (key: ApiKey, person: string, now: number) =>
  key.person !== person && key.awaits === undefined && endOfApproving(key) + APPROVER_FOR_MS > now;

const canApprove = ({ scopes }: KeySettings) => scopes.includes('payouts:approve');

/** Epoch milliseconds; Infinity: it can approve now, and has no end; -Infinity: it never could. */
function endOfApproving(key: ApiKey): number {
  if (canApprove(key)) return earliest(key.expiresAt, key.revokedAt);
  return key.approvedUntil === undefined ? Number.NEGATIVE_INFINITY : Date.parse(key.approvedUntil);
}

/** The key after a change. */
export function withSettings(key: ApiKey, settings: KeySettings, now: number): ApiKey {
  const end = Math.min(endOfApproving(key), now);
  const isFormer = Number.isFinite(end) && !canApprove(settings);
  const approvedUntil = isFormer ? new Date(end).toISOString() : undefined;
  return { ...key, ...settings, approvedUntil, version: key.version + 1 };
}

/** The key with a new secret. Those that are valid now stay valid until `until` at most (epoch milliseconds). */
export function rotated(key: ApiKey, hash: string, now: number, until: number): ApiKey {
  const old = key.secrets.flatMap(({ hash: before, expiresAt }) => {
    const end = Math.min(earliest(expiresAt), until);
    return end > now ? [{ hash: before, expiresAt: new Date(end).toISOString() }] : [];
  });
  return { ...key, version: key.version + 1, secrets: [{ hash }, ...old] };
}

export function principalOf({ id, name, person, scopes, limits }: ApiKey): Principal {
  return { keyId: id, name, person, scopes, limits };
}
