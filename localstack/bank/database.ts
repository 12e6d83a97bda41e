import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * - One row per received request. `refusal` is drawn on arrival; NULL means that the money moves. `settled` becomes 1 when
 *   that outcome takes effect. Until then the arrival is `processing`.
 * - Broadcasts: `mined_at` is when the outcome took effect. After `reorg_depth` blocks a reorganisation undoes the transaction
 *   (see chain.ts), permanently if `drops` is 1. `doubled` is 1 if the same instruction arrived again before the drop: the audit
 *   then counts both.
 * - `returns`: money of an arrival that goes back at a time. `delivered` is 1 when the client has acknowledged it.
 * - AUTOINCREMENT: bank ids contain the row id, so an id is never reused, even after the ledger was emptied.
 * - amount_minor is text because an amount may exceed 64 bits (wei).
 */
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS arrivals (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    kind         TEXT NOT NULL,
    reference    TEXT NOT NULL,
    instruction  TEXT NOT NULL,
    amount_minor TEXT NOT NULL,
    currency     TEXT NOT NULL,
    refusal      TEXT,
    settled      INTEGER NOT NULL,
    moved        INTEGER GENERATED ALWAYS AS (settled AND refusal IS NULL) VIRTUAL,
    mined_at     INTEGER,
    block_ms     INTEGER,
    reorg_depth  INTEGER,
    drops        INTEGER NOT NULL DEFAULT 0,
    doubled      INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS arrivals_by_reference ON arrivals (reference);
  CREATE INDEX IF NOT EXISTS arrivals_by_instruction ON arrivals (instruction);
  CREATE TABLE IF NOT EXISTS returns (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    arrival      INTEGER NOT NULL,
    code         TEXT NOT NULL,
    amount_minor TEXT NOT NULL,
    at           INTEGER NOT NULL,
    delivered    INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS returns_by_arrival ON returns (arrival);
  CREATE INDEX IF NOT EXISTS returns_not_delivered ON returns (at) WHERE delivered = 0;
  CREATE TABLE IF NOT EXISTS settings (id INTEGER PRIMARY KEY CHECK (id = 1), settings TEXT NOT NULL) STRICT;
`;

/**
 * WAL with synchronous=NORMAL: a commit survives kill -9. A power failure may lose the last commits, which a mock may do.
 * The exclusive lock prevents a second bank on the same file. The busy timeout covers a bank that is shutting down.
 */
const PRAGMAS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
`;

/** Columns that ledgers of earlier versions lack. */
const ADDED_COLUMNS = {
  mined_at: 'INTEGER',
  block_ms: 'INTEGER',
  reorg_depth: 'INTEGER',
  drops: 'INTEGER NOT NULL DEFAULT 0',
  doubled: 'INTEGER NOT NULL DEFAULT 0',
};

function addMissingColumns(db: DatabaseSync): void {
  const rows = db.prepare("SELECT name FROM pragma_table_info('arrivals')").all();
  const existing = new Set(rows.map(({ name }) => name));
  for (const [name, type] of Object.entries(ADDED_COLUMNS)) {
    if (!existing.has(name)) db.exec(`ALTER TABLE arrivals ADD COLUMN ${name} ${type}`);
  }
}

/** Opens or creates a ledger. Throws if another bank has the file open, or if it is not a ledger. */
export function openDatabase(file: string): DatabaseSync {
  if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
  const db = new DatabaseSync(file, { timeout: 2_000 });
  db.exec(PRAGMAS + SCHEMA);
  addMissingColumns(db);
  db.aggregate('sum_minor', {
    start: 0n,
    step: (sum: bigint, amount) => sum + BigInt(amount as string),
    result: (sum: bigint) => sum.toString(),
  });
  return db;
}
