/**
 * `npm run migrate -- version | up [n] | down [n] | force <version> [--stage local]`: brings stored items from one version
 * to the next, or back. docs/migrations.md says how.
 *
 * It finds a service that runs here by its data directory. AWS_ENDPOINT_URL, or another stage than `local`, leads to the
 * AWS of the environment instead. Exit code 0 if all went well, 1 if it was refused or failed, or if `version` finds
 * something to do; 2 if the question was wrong or there was nobody to ask.
 */

import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { MigrationError } from 'umzug';
import { awsOf } from '../aws.ts';
import { endpointsOf } from '../client.ts';
import { type MigrationFile, migrationFiles } from './files.ts';
import { Migrator } from './migrator.ts';
import { LockLost, MigrationRecord } from './record.ts';
import { Refused } from './refused.ts';

const USAGE = 'npm run migrate -- version | up [n] | down [n] | force <version> [--stage local]';
/** Renewed three times as often; so long it takes until the lock of a runner that was killed is free. */
const LEASE_MS = 30_000;
const LINE_EVERY_MS = 2_000;

type Command = { readonly command: string; readonly count: number | undefined; readonly stage: string };

function readCommandLine(): Command {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { stage: { type: 'string', default: 'local' } },
  });
  const [command = '', count, ...rest] = positionals;
  const isCount = count === undefined ? command !== 'force' : command !== 'version' && /^\d{1,4}$/.test(count);
  const isZeroSteps = command !== 'force' && count !== undefined && Number(count) === 0;
  if (!['version', 'up', 'down', 'force'].includes(command) || !isCount || isZeroSteps || rest.length > 0) {
    throw new Error(USAGE);
  }
  return { command, count: count === undefined ? undefined : Number(count), stage: values.stage };
}

/** Credentials are the environment's where the emulator's will not do. */
function awsOfStage(stage: string): object {
  return stage !== 'local' || process.env.AWS_ENDPOINT_URL ? {} : awsOf(endpointsOf());
}

async function main(): Promise<void> {
  const { command, count, stage } = readCommandLine();
  const table = (name: string) => `sluice-${stage}-${name}`;
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
      log: console.log,
      progress: nowAndThen(),
      interrupted: whenAsked(),
    });
    switch (command) {
      case 'version':
        return await tell(record, files);
      case 'force':
        await migrator.force(count as number);
        return console.log(`The data counts as version ${count}.`);
      default:
        return done(command, command === 'up' ? await migrator.up(count) : await migrator.down(count));
    }
  } finally {
    client.destroy();
  }
}

async function tell(record: MigrationRecord, files: readonly MigrationFile[]): Promise<void> {
  const { version, dirty, lock } = await record.read();
  const pending = files.slice(version).map(({ name }) => name);
  console.log(
    `version  ${version}${version > files.length ? ' (unknown here: this code is older than the data)' : ''}`,
  );
  console.log(`dirty    ${dirty ? 'yes' : 'no'}`);
  console.log(`pending  ${pending.length === 0 ? 'none' : pending.join(', ')}`);
  if (lock && lock.until > Date.now()) console.log(`locked   by ${lock.owner}, since ${lock.since}`);
  if (dirty || version !== files.length) process.exitCode = 1;
}

function done(command: string, names: readonly string[]): void {
  if (names.length > 0) console.log(names.length === 1 ? 'Done.' : `Done, all ${names.length} of them.`);
  else console.log(command === 'up' ? 'Nothing is pending.' : 'There is nothing to take back.');
}

function nowAndThen(): (migration: string, count: number) => void {
  let said = Date.now();
  return (migration, count) => {
    if (Date.now() - said < LINE_EVERY_MS) return;
    said = Date.now();
    console.log(`${migration}: ${count} so far`);
  };
}

/** The first Ctrl-C lets the page under way end; the second does not wait. */
function whenAsked(): () => boolean {
  let isAsked = false;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      isAsked = true;
    });
  }
  return () => isAsked;
}

/** What an operator can do something with. The SDK says no more than that a connection was refused. */
function explain(error: Error & { code?: string }): string {
  if (error instanceof MigrationError)
    return `${error.message}\nThe version is dirty now, and says so: npm run migrate -- version`;
  if (error.code !== 'ECONNREFUSED') return error.message;
  return `Nothing answers at ${process.env.AWS_ENDPOINT_URL ?? endpointsOf().aws}. Is the service running? Start it with: npm start`;
}

main().catch((error: Error) => {
  console.error(explain(error));
  const isRefusal = error instanceof Refused || error instanceof MigrationError || error instanceof LockLost;
  process.exitCode = isRefusal ? 1 : 2;
});
