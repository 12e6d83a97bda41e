import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { getItem } from '../../../lib/aws/read.ts';
import { dynamoEpochs } from '../../../lib/rail/dynamo-epochs.ts';
import { type Epoch, raiseEpoch } from '../../../lib/rail/epoch.ts';
import { tableNamed } from './store-item.ts';
import type { StackLocation, Template } from './template.ts';

/** In the system table: how often this database was started. */
const STARTS_KEY = { pk: 'STARTS', sk: 'STARTS' };
/** The same beside the database. It is behind by one if the process dies between the two writes, never ahead. */
const FILE = 'starts';
/** How long clients may repeat the requests that the restore has lost. */
const DAYS = 7;

/**
 * Raises the epoch if the database is an older copy, or a new one in the directory of another: then the mock bank may have paid
 * what is still pending here. Called before any function runs.
 * @returns the epoch that it raised
 */
export async function noticeRestore(template: Template, location: StackLocation): Promise<Epoch | undefined> {
  const [system, events] = ['SystemTable', 'EventsTable'].map((id) => tableNamed(template, location, id));
  const { SLUICE_DATA_DIR: dataDir } = process.env;
  if (!system || !events || !dataDir) return undefined;
  const { endpoint, region } = location;
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint, region, credentials }));
  try {
    const stored = Number((await getItem(client, system, STARTS_KEY))?.starts ?? 0);
    const known = startsOf(dataDir);
    const isOlder = stored < known;
    const deps = {
      ...{ epochs: dynamoEpochs(client, { system, events }), now: Date.now },
      ...{ requestId: () => undefined, principal: () => undefined },
    };
    const reason = `The database has seen ${stored} of ${known} starts: it is an older copy, or a new one.`;
    const raised = isOlder ? await raiseEpoch(deps, { days: DAYS, person: 'npm start', reason }) : undefined;
    const starts = Math.max(stored, known) + 1;
    await client.send(new PutCommand({ TableName: system, Item: { ...STARTS_KEY, starts } }));
    writeStarts(dataDir, starts);
    return raised;
  } finally {
    client.destroy();
  }
}

function startsOf(dataDir: string): number {
  try {
    return Number(readFileSync(join(dataDir, FILE), 'utf8'));
  } catch {
    return 0;
  }
}

function writeStarts(dataDir: string, starts: number): void {
  const file = join(dataDir, FILE);
  writeFileSync(`${file}.tmp`, `${starts}\n`, { flush: true });
  renameSync(`${file}.tmp`, file);
}
