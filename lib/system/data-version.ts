/** The number of the last migration in migrations/ that stored items have passed; 0 before the first. */
export type DataVersion = {
  readonly version: number;
  /** A migration to this version is running or has failed. */
  readonly dirty: boolean;
};

/** The version that this code expects: the number of the last file in migrations/. A test checks it. */
export const EXPECTED_VERSION = 9;

export interface DataVersionStore {
  read(): Promise<DataVersion>;
}
