import { type HmacOf, hmacWith } from './blind-index.ts';
import { type Opener, openerOf, type Sealer, sealerOf } from './cipher.ts';
import { KeyRing, type KeyRingDeps, type NewestVersion } from './key-ring.ts';
import { type Purpose, SEALED_TABLES, type SealedTable } from './ports.ts';

/** Encryption of fields and keyed digests. Each call has the keys ready, so that the returned functions are synchronous. */
export interface Secrets {
  /** Encrypts with the current version of the table's data key. Use it at once: it does not follow a rotation. */
  sealer(table: SealedTable): Promise<Sealer>;
  /** Decrypts values of any key version. Get it after you have read the values. */
  opener(table: SealedTable): Promise<Opener>;
  hmac(): Promise<HmacOf>;
  newestKey(table: SealedTable): Promise<NewestVersion>;
  /** Adds a version of the table's data key. */
  addKey(table: SealedTable): Promise<NewestVersion>;
}

export function secretsOf(deps: KeyRingDeps): Secrets {
  const purposes: readonly Purpose[] = [...SEALED_TABLES, 'hmac'];
  const rings = new Map(purposes.map((purpose) => [purpose, new KeyRing(deps, purpose)]));
  const ring = (purpose: Purpose) => rings.get(purpose) as KeyRing;
  return {
    sealer: async (table) => sealerOf(table, await ring(table).current()),
    opener: async (table) => openerOf(table, await ring(table).all()),
    async hmac() {
      const [, key] = await ring('hmac').current();
      return hmacWith(key);
    },
    newestKey: (table) => ring(table).newest(),
    addKey: (table) => ring(table).addVersion(),
  };
}
