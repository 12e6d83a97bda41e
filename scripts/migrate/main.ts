/**
 * `npm run migrate -- version | up [n] | down [n] | force <version> [--stage local]`: migrates stored items to the next
 * versions, or back. See docs/migrations.md.
 *
 * It uses the AWS of the service in the data directory; with AWS_ENDPOINT_URL or another stage than `local`, the AWS of the
 * environment. Exit code 0 if it succeeded; 1 if it was refused or failed, or if `version` finds pending migrations or a
 * dirty version; 2 if the command line is wrong or AWS does not answer.
 */

import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { once } from 'es-toolkit';
import { MigrationError } from 'umzug';
import { awsOfStage, tableOfStage } from '../aws.ts';
import { run, STAGE } from '../command.ts';
import { endpointsOf } from '../endpoints.ts';
import { secretsOfStage } from '../secrets.ts';
import { type MigrationFile, migrationFiles } from './files.ts';
import { Migrator } from './migrator.ts';
import { LockLost, MigrationRecord } from './record.ts';
import { Refused } from './refused.ts';

const USAGE = 'npm run migrate -- version | up [n] | down [n] | force <version> [--stage local]';
/** Renewed every third of it. The lock of a killed runner expires after it. */
const LEASE_MS = 30_000;
const LINE_EVERY_MS = 2_000;

type Command = { readonly command: string; readonly count: number | undefined; readonly stage: string };

function readCommandLine(): Command {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { stage: STAGE },
  });
  const [command = '', count, ...rest] = positionals;
  const isCount = count === undefined ? command !== 'force' : command !== 'version' && /^\d{1,4}$/.test(count);
  const isZeroSteps = command !== 'force' && count !== undefined && Number(count) === 0;
  if (!['version', 'up', 'down', 'force'].includes(command) || !isCount || isZeroSteps || rest.length > 0) {
    throw new Error(`Usage: ${USAGE}`);
  }
  return { command, count: count === undefined ? undefined : Number(count), stage: values.stage };
}

async function main(): Promise<number> {
  const { command, count, stage } = readCommandLine();
  const table = (name: string) => tableOfStage(stage, name);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...awsOfStage(stage), maxAttempts: 5 }));
  try {
    const record = new MigrationRecord(client, table('system'), Date.now);
    const files = migrationFiles();
    const owner = `${userInfo().username}@${hostname()}, process ${process.pid}`;
    const migrator = new Migrator({
      client,
      record,
      files,
      owner,
      newId: randomUUID,
      leaseMs: LEASE_MS,
      table,
      secrets: once(() => secretsOfStage(client, stage)),
      log: console.log,
      progress: printProgress(),
      interrupted: onSignal(),
    });
    switch (command) {
      case 'version':
        return await printVersion(record, files);
      case 'force':
        await migrator.force(count as number);
        console.log(`The data version is now ${count}.`);
        return 0;
      default:
        printDone(command, command === 'up' ? await migrator.up(count) : await migrator.down(count));
        return 0;
    }
  } finally {
    client.destroy();
  }
}

async function printVersion(record: MigrationRecord, files: readonly MigrationFile[]): Promise<number> {
  const { version, dirty, lock } = await record.read();
  const pending = files.slice(version).map(({ name }) => name);
  console.log(`version  ${version}${version > files.length ? ' (unknown: this code is older than the data)' : ''}`);
  console.log(`dirty    ${dirty ? 'yes' : 'no'}`);
  console.log(`pending  ${pending.length === 0 ? 'none' : pending.join(', ')}`);
  if (lock && lock.until > Date.now()) console.log(`locked   by ${lock.owner}, since ${lock.since}`);
  return dirty || version !== files.length ? 1 : 0;
}

function printDone(command: string, names: readonly string[]): void {
  if (names.length > 0) console.log(names.length === 1 ? 'Done.' : `Done: ${names.length} migrations.`);
  else console.log(command === 'up' ? 'Nothing is pending.' : 'There is nothing to migrate back.');
}

/** Prints a line every two seconds at most. */
function printProgress(): (migration: string, count: number) => void {
  let printedAt = Date.now();
  return (migration, count) => {
    if (Date.now() - printedAt < LINE_EVERY_MS) return;
    printedAt = Date.now();
    console.log(`${migration}: ${count} so far`);
  };
}

/** The first Ctrl-C ends the migration after the current page, the second at once. */
function onSignal(): () => boolean {
  let isInterrupted = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      isInterrupted = true;
    });
  }
  return () => isInterrupted;
}

/** The SDK reports only that a connection was refused. */
function explained(error: Error & { code?: string }): Error {
  if (error instanceof MigrationError)
    return new Failed(`${error.message}\nThe version is dirty now. See: npm run migrate -- version`);
  if (error.code !== 'ECONNREFUSED') return error;
  const endpoint = process.env.AWS_ENDPOINT_URL ?? endpointsOf().aws;
  return new Error(`Nothing answers at ${endpoint}. Is the service running? Start it with: npm start`);
}

/** A migration began and did not end. */
class Failed extends Error {}

const isRefusal = (error: Error) => error instanceof Refused || error instanceof Failed || error instanceof LockLost;
await run(
  () => main().catch((error) => Promise.reject(explained(error))),
  (error) => (isRefusal(error) ? 1 : 2),
);
