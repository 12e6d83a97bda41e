/** Stores state machines and executions in SQLite, so that both survive kill -9. */

import { DatabaseSync } from 'node:sqlite';

export interface MachineRow {
  arn: string;
  name: string;
  definition: string;
  role_arn: string;
  created_ms: number;
}

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

export interface ExecutionRow {
  arn: string;
  machine_arn: string;
  name: string;
  input: string;
  status: ExecutionStatus;
  output: string | null;
  error: string | null;
  cause: string | null;
  started_ms: number;
  stopped_ms: number | null;
}

export interface Outcome {
  status: Exclude<ExecutionStatus, 'RUNNING'>;
  output?: string;
  error?: string;
  cause?: string;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS machines (
    arn TEXT PRIMARY KEY, name TEXT NOT NULL, definition TEXT NOT NULL, role_arn TEXT NOT NULL, created_ms INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS executions (
    arn TEXT PRIMARY KEY, machine_arn TEXT NOT NULL, name TEXT NOT NULL, input TEXT NOT NULL, status TEXT NOT NULL,
    output TEXT, error TEXT, cause TEXT, started_ms INTEGER NOT NULL, stopped_ms INTEGER);
  CREATE INDEX IF NOT EXISTS executions_by_machine ON executions (machine_arn, started_ms);`;

export class StateStore {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file);
    this.#db.exec(`PRAGMA journal_mode = WAL; ${SCHEMA}`);
  }

  saveMachine(row: MachineRow): void {
    this.#db
      .prepare(`INSERT INTO machines (arn, name, definition, role_arn, created_ms) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (arn) DO UPDATE SET definition = excluded.definition, role_arn = excluded.role_arn`)
      .run(row.arn, row.name, row.definition, row.role_arn, row.created_ms);
  }

  machine(arn: string): MachineRow | undefined {
    return this.#db.prepare('SELECT * FROM machines WHERE arn = ?').get(arn) as MachineRow | undefined;
  }

  machines(): MachineRow[] {
    return this.#db.prepare('SELECT * FROM machines ORDER BY name').all() as unknown as MachineRow[];
  }

  deleteMachine(arn: string): void {
    this.#db.prepare('DELETE FROM machines WHERE arn = ?').run(arn);
  }

  insertExecution(row: Pick<ExecutionRow, 'arn' | 'machine_arn' | 'name' | 'input' | 'started_ms'>): void {
    this.#db
      .prepare(
        `INSERT INTO executions (arn, machine_arn, name, input, status, started_ms) VALUES (?, ?, ?, ?, 'RUNNING', ?)`,
      )
      .run(row.arn, row.machine_arn, row.name, row.input, row.started_ms);
  }

  execution(arn: string): ExecutionRow | undefined {
    return this.#db.prepare('SELECT * FROM executions WHERE arn = ?').get(arn) as ExecutionRow | undefined;
  }

  executions(machineArn: string): ExecutionRow[] {
    const rows = this.#db
      .prepare('SELECT * FROM executions WHERE machine_arn = ? ORDER BY started_ms DESC')
      .all(machineArn);
    return rows as unknown as ExecutionRow[];
  }

  running(): ExecutionRow[] {
    return this.#db.prepare(`SELECT * FROM executions WHERE status = 'RUNNING'`).all() as unknown as ExecutionRow[];
  }

  /** Records the outcome of an execution. A second call has no effect. */
  finish(arn: string, outcome: Outcome, stoppedMs: number): void {
    this.#db
      .prepare(`UPDATE executions SET status = ?, output = ?, error = ?, cause = ?, stopped_ms = ?
        WHERE arn = ? AND status = 'RUNNING'`)
      .run(outcome.status, outcome.output ?? null, outcome.error ?? null, outcome.cause ?? null, stoppedMs, arn);
  }

  close(): void {
    this.#db.close();
  }
}
