import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/** What a migration has to work with. */
export type MigrationContext = {
  readonly client: DynamoDBDocumentClient;
  /** The table of this stage: `settlements` is `sluice-<stage>-settlements`. */
  readonly table: (name: string) => string;
  readonly log: (line: string) => void;
  /**
   * To be called after each page, with how many things were changed or looked at so far.
   * @throws Interrupted when the migration has to end here: the operator wants it to, or another runner has taken over
   */
  readonly progress: (done: number) => void;
};

/**
 * A change of stored items, and the way back. It is run while the service runs, and it is run again from the start after
 * it was killed in the middle; so it goes page by page, each write names what it leaves, and what is done is passed over.
 */
export type Migration = {
  readonly up: (context: MigrationContext) => Promise<void>;
  readonly down: (context: MigrationContext) => Promise<void>;
};

/** Ends a migration between two pages. */
export class Interrupted extends Error {}
