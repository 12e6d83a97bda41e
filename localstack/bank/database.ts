import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * - An arrival is one instruction received once. `refusal` is drawn on arrival, NULL for "the money moves";
 *   `settled` turns 1 when that outcome takes effect, and until then the arrival is `processing`.
 * - Of a broadcast: `mined_at` is when it took effect, and after `reorg_depth` blocks a reorganisation undoes it (see chain.ts), for
 *   good if it `drops`. `doubled`: another arrival of its instruction came while it stood, so the drop hides nothing.
 * - AUTOINCREMENT: an id is never used twice, not even after the ledger was emptied, and bank ids are made of them.
 * - amount_minor is text because an amount may exceed 64 bits (wei). Destinations are not kept: nothing asks for them.
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
  CREATE TABLE IF NOT EXISTS settings (id INTEGER PRIMARY KEY CHECK (id = 1), settings TEXT NOT NULL) STRICT;
`;

/**
 * WAL with synchronous=NORMAL: a commit survives the death of the process, kill -9 included, but the last ones may
 * be lost when the machine loses power, which is more than a stand-in needs. The exclusive lock keeps a second bank
 * off the same file; the busy timeout outlasts one that is just being killed.
 */
const PRAGMAS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
`;

/** Ledgers of before there were confirmations lack what they take. */
const LATER_COLUMNS = {
  mined_at: 'INTEGER',
  block_ms: 'INTEGER',
  reorg_depth: 'INTEGER',
  drops: 'INTEGER NOT NULL DEFAULT 0',
  doubled: 'INTEGER NOT NULL DEFAULT 0',
};

function addMissingColumns(db: DatabaseSync): void {
  const there = new Set(
    db
      .prepare("SELECT name FROM pragma_table_info('arrivals')")
      .all()
      .map(({ name }) => name),
  );
  for (const [name, type] of Object.entries(LATER_COLUMNS)) {
    if (!there.has(name)) db.exec(`ALTER TABLE arrivals ADD COLUMN ${name} ${type}`);
  }
}

/** Opens or creates a ledger; `:memory:` keeps none. Throws when another bank holds the file or it is not a ledger. */
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
