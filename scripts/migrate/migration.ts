import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Secrets } from '../../lib/crypto/index.ts';

/** The tools of a migration. */
export type MigrationContext = {
  readonly client: DynamoDBDocumentClient;
  /** The table of this stage: `settlements` is `sluice-<stage>-settlements`. */
  readonly table: (name: string) => string;
  /** The encryption of fields. The keys are read at its first use. */
  readonly secrets: () => Secrets;
  readonly log: (line: string) => void;
  /**
   * Call it after each page with the number of items processed so far.
   * @throws Interrupted when the migration must end here: an operator stopped it, or another runner has the lock
   */
  readonly progress: (done: number) => void;
};

/**
 * A change of stored items, and its reverse. It runs while the service runs, and again from the start after a crash. So it
 * works page by page, each write is conditional on the state that it leaves, and changed items are skipped.
 */
export type Migration = {
  readonly up: (context: MigrationContext) => Promise<void>;
  readonly down: (context: MigrationContext) => Promise<void>;
};

/** Ends a migration between two pages. */
export class Interrupted extends Error {}
