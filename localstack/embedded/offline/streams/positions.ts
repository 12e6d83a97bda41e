/** Stores the position of each trigger in its stream, so that it continues there after a restart or a kill -9. */

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** One shard of one stream, as read for one function. */
export interface ShardOfTrigger {
  functionName: string;
  streamArn: string;
  shardId: string;
}

export interface Position {
  /** Sequence number of the last processed record; null before the first. */
  after: string | null;
  /** The shard is closed and was read completely. */
  finished: boolean;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS positions (
    function_name TEXT, stream_arn TEXT, shard_id TEXT, after TEXT, finished INTEGER NOT NULL,
    PRIMARY KEY (function_name, stream_arn, shard_id)) WITHOUT ROWID;`;

export class StreamPositions {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true });
    this.#db = new DatabaseSync(file);
    this.#db.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; ${SCHEMA}`);
  }

  /** False for a trigger that has never read this stream. */
  has(functionName: string, streamArn: string): boolean {
    const query = 'SELECT 1 FROM positions WHERE function_name = ? AND stream_arn = ?';
    return this.#db.prepare(query).get(functionName, streamArn) !== undefined;
  }

  get({ functionName, streamArn, shardId }: ShardOfTrigger): Position | undefined {
    const row = this.#db
      .prepare('SELECT after, finished FROM positions WHERE function_name = ? AND stream_arn = ? AND shard_id = ?')
      .get(functionName, streamArn, shardId) as { after: string | null; finished: number } | undefined;
    return row && { after: row.after, finished: row.finished === 1 };
  }

  save({ functionName, streamArn, shardId }: ShardOfTrigger, { after, finished }: Position): void {
    this.#db
      .prepare('INSERT OR REPLACE INTO positions VALUES (?, ?, ?, ?, ?)')
      .run(functionName, streamArn, shardId, after, finished ? 1 : 0);
  }

  /** Deletes the positions of shards that no longer exist. */
  deleteOthers(functionName: string, streamArn: string, shardIds: string[]): void {
    this.#db
      .prepare(`DELETE FROM positions WHERE function_name = ? AND stream_arn = ?
        AND shard_id NOT IN (SELECT value FROM json_each(?))`)
      .run(functionName, streamArn, JSON.stringify(shardIds));
  }

  close(): void {
    this.#db.close();
  }
}
