import type { ApiKey, Secret } from './key.ts';

export interface KeyStore {
  /** The key whose secret has this hash. */
  findByHash(hash: string): Promise<{ readonly key: ApiKey; readonly secret: Secret } | undefined>;
}

export type AuthenticateDeps = {
  readonly keys: KeyStore;
  /** Epoch milliseconds. */
  readonly now: () => number;
};
