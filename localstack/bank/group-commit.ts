import type { DatabaseSync, StatementSync } from 'node:sqlite';

type PendingWrite = { write: () => void; committed: () => void; failed: (error: unknown) => void };

/**
 * Commits all writes of one turn of the event loop in one SQLite transaction: with 100 requests in flight, dozens share a
 * commit. The promise of a write settles after its commit, so an answer sent then is durable.
 */
export class GroupCommit {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  #pending: PendingWrite[] = [];

  constructor(db: DatabaseSync) {
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /** Runs `write` in the next shared transaction. Rejects if that transaction fails. */
  run<Result>(write: () => Result): Promise<Result> {
    if (this.#pending.length === 0) setImmediate(() => this.flush());
    return new Promise((resolve, reject) => {
      let result: Result;
      this.#pending.push({
        write: () => {
          result = write();
        },
        committed: () => resolve(result),
        failed: reject,
      });
    });
  }

  /** Commits pending writes now. Reads call it first, so that they see every arrival. */
  flush(): void {
    const group = this.#pending;
    if (group.length === 0) return;
    this.#pending = [];
    try {
      this.#begin.run();
      for (const { write } of group) write();
      this.#commit.run();
    } catch (error) {
      this.#abandon(group, error);
      return;
    }
    for (const { committed } of group) committed();
  }

  #abandon(group: readonly PendingWrite[], error: unknown): void {
    try {
      this.#rollback.run();
    } catch {
      // On some errors (a full disk) SQLite has rolled back already. The first error is the one to report.
    }
    for (const { failed } of group) failed(error);
  }
}
