import type { DatabaseSync, StatementSync } from 'node:sqlite';

type Waiting = { write: () => void; committed: () => void; failed: (error: unknown) => void };

/**
 * Commits everything that one turn of the event loop brings in one SQLite transaction: at 100 requests in flight a
 * commit is shared by dozens. A write's promise settles after its commit, so whatever is answered then is durable.
 */
export class GroupCommit {
  readonly #begin: StatementSync;
  readonly #commit: StatementSync;
  readonly #rollback: StatementSync;
  #waiting: Waiting[] = [];

  constructor(db: DatabaseSync) {
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /** Runs `write` in the next shared transaction; rejects when that transaction could not be committed. */
  run<Result>(write: () => Result): Promise<Result> {
    if (this.#waiting.length === 0) setImmediate(() => this.flush());
    return new Promise((resolve, reject) => {
      let result: Result;
      this.#waiting.push({
        write: () => {
          result = write();
        },
        committed: () => resolve(result),
        failed: reject,
      });
    });
  }

  /** Commits what waits, now. Reads call it first, so that they see all that has arrived. */
  flush(): void {
    const group = this.#waiting;
    if (group.length === 0) return;
    this.#waiting = [];
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

  /** SQLite rolls back by itself on some errors (a full disk), hence the look before. */
  #abandon(group: readonly Waiting[], error: unknown): void {
    try {
      this.#rollback.run();
    } catch {
      // Nothing was open any more. The senders hear the first error, which is the one that matters.
    }
    for (const { failed } of group) failed(error);
  }
}
