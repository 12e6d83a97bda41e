/**
 * A runner in a process of its own, to be killed: it migrates the tables named on its command line, prints a line after the
 * first page and then waits to be killed.
 */

import { writeSync } from 'node:fs';
import { documentClient } from '../../lib/aws/clients.ts';
import { migrationFiles } from '../../scripts/migrate/files.ts';
import { Migrator } from '../../scripts/migrate/migrator.ts';
import { MigrationRecord } from '../../scripts/migrate/record.ts';
import { SECRETS } from './secrets.ts';

const [settlements, system] = process.argv.slice(2) as [string, string];
const client = documentClient(Date.now);
await new Migrator({
  client,
  record: new MigrationRecord(client, system, Date.now),
  files: migrationFiles(),
  owner: 'the one that is killed',
  newId: () => 'killed',
  leaseMs: 1_500,
  table: () => settlements,
  secrets: () => SECRETS,
  log: () => {},
  progress: () => {
    writeSync(1, 'a page is done\n');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  },
  interrupted: () => false,
}).up();
