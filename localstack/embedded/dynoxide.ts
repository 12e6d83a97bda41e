/**
 * DynamoDB on a laptop: the `dynoxide` binary over a SQLite file, as a child of this process.
 *
 * An optional dependency brings the binary, for Linux on x64 only. On other platforms: a `dynoxide` on PATH, or the DynamoDB
 * endpoint in AWS_ENDPOINT_URL_DYNAMODB.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RunningProcess } from './children.ts';
import { untilListening } from './ports.ts';

export interface Dynamo {
  /** Where the DynamoDB API answers, without a trailing slash. */
  origin: string;
  /** Undefined for an external endpoint. */
  process: RunningProcess | undefined;
  /** Resolves with a message for the user when the process exits. Never resolves for an external endpoint. */
  failed: Promise<string>;
  stop(): Promise<void>;
}

const START_WITHIN_MS = 5_000;

export type DynamoSource = { binary: string } | { origin: string };

/**
 * @param packaged the binary of the npm package; null if this platform has none.
 * @throws Error that names both remedies if there is neither a binary nor an endpoint.
 */
export function findDynamo(env: NodeJS.ProcessEnv = process.env, packaged = packagedBinary()): DynamoSource {
  const binary = packaged ?? binaryOnPath(env.PATH ?? '');
  if (binary !== null) return { binary };
  const origin = env.AWS_ENDPOINT_URL_DYNAMODB;
  if (origin) return { origin: origin.replace(/\/+$/, '') };
  throw new Error(
    `No DynamoDB for ${process.platform}-${process.arch}: put a dynoxide binary on PATH, or set ` +
      'AWS_ENDPOINT_URL_DYNAMODB to a running DynamoDB Local or LocalStack.',
  );
}

/**
 * Starts the server, or uses the external endpoint.
 * @param dbPath the SQLite file. Committed data survives kill -9.
 * @throws Error if the server does not listen within 5 s.
 */
export async function startDynamo(source: DynamoSource, dbPath: string, port: number): Promise<Dynamo> {
  if ('origin' in source) {
    return { origin: source.origin, process: undefined, failed: new Promise(() => {}), stop: async () => {} };
  }
  mkdirSync(dirname(dbPath), { recursive: true });
  const startedAt = new Date();
  const child = spawnBoundToParent(source.binary, ['--host', '127.0.0.1', '--port', String(port), '--db-path', dbPath]);
  const exited = once(child, 'exit').then(
    ([code, signal]) => `DynamoDB (dynoxide) ended with ${signal ?? `code ${code}`}`,
  );
  const tooEarly = exited.then((message) => Promise.reject(new Error(message)));
  await Promise.race([untilListening(port, START_WITHIN_MS), tooEarly]);
  indexStreams(dbPath);
  return {
    origin: `http://127.0.0.1:${port}`,
    process: { pid: child.pid, startedAt },
    failed: exited,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

/**
 * Runs a binary that ends when this process ends, even by kill -9: an orphan would keep the port and the database lock. The
 * shell starts a background process that reads a pipe from this process, then execs the binary. When the pipe closes, the
 * background process kills the binary.
 */
function spawnBoundToParent(binary: string, args: string[]): ChildProcess {
  const script = 'exec 3<&0; (cat <&3 >/dev/null; kill -KILL $$ 2>/dev/null) & exec "$0" "$@" 3<&- </dev/null';
  return spawn('sh', ['-c', script, binary, ...args], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
}

/**
 * dynoxide stores the stream records of all tables in one SQLite table, never deletes any, and scans them for the next
 * sequence number. With 8,000 records it writes 500 items a second to a table with a stream; with this index it writes
 * 11,000, independent of the number of records.
 */
function indexStreams(dbPath: string): void {
  const db = new DatabaseSync(dbPath);
  try {
    db.exec(`CREATE INDEX IF NOT EXISTS stream_records_in_order
      ON _stream_records (table_name, CAST(sequence_number AS INTEGER))`);
  } catch {
    // Another version of dynoxide may use another schema. It works without the index.
  } finally {
    db.close();
  }
}

function packagedBinary(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve(
      `@dynoxide/${process.platform}-${process.arch}/package.json`,
    );
    return executable(join(dirname(manifest), 'dynoxide'));
  } catch {
    return null;
  }
}

function binaryOnPath(path: string): string | null {
  for (const directory of path.split(delimiter)) {
    const found = executable(join(directory, 'dynoxide'));
    if (found !== null) return found;
  }
  return null;
}

function executable(file: string): string | null {
  try {
    accessSync(file, constants.X_OK);
    return file;
  } catch {
    return null;
  }
}
