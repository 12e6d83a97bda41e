/** The migration in migrations/ up to which stored items have been brought; 0 before the first. */
export type DataVersion = {
  readonly version: number;
  /** A migration to this version was begun and has not ended, or has failed. */
  readonly dirty: boolean;
};

/** What this code was written for: the number of the last file in migrations/, as a test makes sure. */
export const EXPECTED_VERSION = 1;

export interface DataVersionStore {
  read(): Promise<DataVersion>;
}
