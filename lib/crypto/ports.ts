import type { FieldPlace } from './cipher.ts';

/** Encrypts data keys. It is the only one that knows the key-encryption key. */
export interface KeyWrapper {
  /** A new data key of 32 bytes, and the same encrypted for this purpose. */
  generate(purpose: Purpose): Promise<{ readonly plain: Uint8Array; readonly wrapped: Uint8Array }>;
  /** @throws if it was wrapped with another key or for another purpose */
  unwrap(wrapped: Uint8Array, purpose: Purpose): Promise<Uint8Array>;
}

/** The tables that have encrypted fields. Each has data keys of its own. */
export const SEALED_TABLES = ['payouts', 'withdrawals', 'webhooks'] as const;
export type SealedTable = (typeof SEALED_TABLES)[number];

/** What a data key is for. The key of `hmac` has one version for ever. */
export type Purpose = SealedTable | 'hmac';

/** `usableFrom`: epoch milliseconds from which it encrypts. It decrypts as soon as it is stored. */
export type WrappedKey = { readonly version: number; readonly wrapped: Uint8Array; readonly usableFrom: number };

/** An encrypted text, and the attribute that has it. */
export type SealedField = { readonly at: FieldPlace; readonly text: string };

export interface SealedFields {
  /** All encrypted fields of a table, page by page. */
  pages(table: SealedTable): AsyncIterable<readonly SealedField[]>;
  /** @returns false if the attribute has changed since it was read */
  replace(table: SealedTable, field: SealedField, text: string): Promise<boolean>;
}

export interface DataKeyStore {
  list(purpose: Purpose): Promise<WrappedKey[]>;
  /** @returns false if another process was first with this version */
  add(purpose: Purpose, key: WrappedKey): Promise<boolean>;
}
