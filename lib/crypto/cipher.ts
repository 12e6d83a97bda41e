import { createCipheriv, createDecipheriv, type KeyObject, randomBytes } from 'node:crypto';

/** The stored attribute that a ciphertext belongs to. Decryption fails in any other place. */
export type FieldPlace = { readonly pk: string; readonly sk: string; readonly attribute: string };

export type Sealer = {
  /** Of the key. */
  readonly version: number;
  seal(plain: string, at: FieldPlace): string;
};
export type Opener = {
  /** Values that versions before data version 5 stored in plain are returned unchanged. @throws SealedFieldError */
  open(stored: string, at: FieldPlace): string;
};

/** The versions of a table's data key. */
export type DataKeys = ReadonlyMap<number, KeyObject>;

/** A ciphertext that cannot be decrypted: it was changed or moved, or its key is missing. Names the place, never a value. */
export class SealedFieldError extends Error {
  override readonly name = 'SealedFieldError';

  constructor({ pk, sk, attribute }: FieldPlace, reason: string) {
    super(`${pk} ${sk}: ${attribute} cannot be decrypted: ${reason}`);
  }
}

/**
 * AES-256-GCM with a random nonce (NIST SP 800-38D, 8.2.2: at most 2^32 values per key). The stored text is
 * `enc:<version of the key>:<nonce, ciphertext and tag in base64url>`. No account number or address contains a colon, so plain
 * values of earlier versions differ in their form.
 */
const ALGORITHM = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^enc:(\d+):([\w-]+)$/;

/** The version of the key that encrypted a stored text; undefined for plain text. */
export function versionOf(stored: string): number | undefined {
  const version = SEALED.exec(stored)?.[1];
  return version === undefined ? undefined : Number(version);
}

/** The bytes of a sealed text, but for further digits of the key's version. */
export const sealedBytes = (plain: string) =>
  'enc:1:'.length + Math.ceil((4 / 3) * (NONCE_BYTES + Buffer.byteLength(plain) + TAG_BYTES));

export function sealerOf(table: string, [version, key]: readonly [number, KeyObject]): Sealer {
  return {
    version,
    seal(plain, at) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(boundTo(table, at));
      const parts = [nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()];
      return `enc:${version}:${Buffer.concat(parts).toString('base64url')}`;
    },
  };
}

export function openerOf(table: string, keys: DataKeys): Opener {
  return {
    open(stored, at) {
      const [, version, text = ''] = SEALED.exec(stored) ?? [];
      if (version === undefined) return stored;
      const key = keys.get(Number(version));
      if (!key) throw new SealedFieldError(at, `there is no version ${version} of the key of ${table}`);
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw new SealedFieldError(at, 'it is too short');
      const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(boundTo(table, at))
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        throw new SealedFieldError(at, 'it was changed, or belongs to another item');
      }
    },
  };
}

/** The logical name of the table, not its name in a stage: a restored backup has another name. */
const boundTo = (table: string, { pk, sk, attribute }: FieldPlace) =>
  Buffer.from([table, pk, sk, attribute].join('\0'));
