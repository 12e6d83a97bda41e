import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DeleteTableCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { afterAll } from 'vitest';
import { parse } from 'yaml';
import { s3Client } from '../../lib/aws/clients.ts';
import { findDynamo, startDynamo } from '../../localstack/embedded/dynoxide.ts';
import { freePort } from '../../localstack/embedded/ports.ts';
import { provision } from '../../localstack/embedded/provision/provision.ts';
import type { Template } from '../../localstack/embedded/provision/template.ts';
import { startStack } from '../../localstack/embedded/stack.ts';
import { ramDisk } from '../../scripts/ram-disk.ts';
import { lean, unsigned, Wire } from './wire.ts';

/** The settings that name tables, and the logical ids of these tables in resources. */
const TABLES = {
  PAYOUTS_TABLE: 'PayoutsTable',
  ORDERS_TABLE: 'OrdersTable',
  WALLETS_TABLE: 'WalletsTable',
  WITHDRAWALS_TABLE: 'WithdrawalsTable',
  TRANSACTIONS_TABLE: 'TransactionsTable',
  SETTLEMENTS_TABLE: 'SettlementsTable',
  EVENTS_TABLE: 'EventsTable',
  SYSTEM_TABLE: 'SystemTable',
  ACCESS_TABLE: 'AccessTable',
  WEBHOOKS_TABLE: 'WebhooksTable',
  SEALS_TABLE: 'SealsTable',
} as const;
export type Table = keyof typeof TABLES;

/** The directory of an emulator. Removes the directories of killed test processes. */
export async function newDirectory(): Promise<string> {
  const parent = ramDisk();
  for (const name of await readdir(parent)) {
    const [, pid] = /^sluice-test-(\d+)-/.exec(name) ?? [];
    if (pid && !isRunning(Number(pid))) await rm(join(parent, name), { recursive: true, force: true });
  }
  return mkdtemp(join(parent, `sluice-test-${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** A real DynamoDB for one test file. Worlds create tables of their own in it, as resources/ describes them. */
export class Database {
  readonly #client = documentClient();
  readonly #resources: Resources;
  readonly #end: () => Promise<void>;
  #tables = 0;
  #buckets = 0;

  private constructor(resources: Resources, end: () => Promise<void>) {
    this.#resources = resources;
    this.#end = end;
  }

  static async start(): Promise<Database> {
    const directory = await newDirectory();
    const dynamo = await startDynamo(findDynamo(), join(directory, 'dynamodb.db'), await freePort());
    useAws({ AWS_ENDPOINT_URL_DYNAMODB: dynamo.origin });
    return new Database(await readResources(), async () => {
      await dynamo.stop();
      forgetAws();
      await rm(directory, { recursive: true, force: true });
    });
  }

  /** With S3, SQS and SNS beside it. */
  static async startWithStack(): Promise<Database> {
    const [dataDir, dynamoPort] = await Promise.all([newDirectory(), freePort()]);
    const stack = await startStack({ dataDir, dynamoPort });
    // Straight to DynamoDB: the hop over the common endpoint doubles the work of a request.
    const AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${dynamoPort}`;
    useAws({ AWS_ENDPOINT_URL: stack.endpoint, AWS_ENDPOINT_URL_DYNAMODB });
    return new Database(await readResources(), async () => {
      await stack.stop();
      forgetAws();
      await rm(dataDir, { recursive: true, force: true });
    });
  }

  /** One request: a table of a test needs no waiter, no time to live and no stream. */
  async newTable(logicalId = 'PayoutsTable'): Promise<string> {
    this.#tables += 1;
    const TableName = `${logicalId}-${this.#tables}`;
    const properties = this.#resources[logicalId]?.Properties;
    if (!properties) throw new Error(`no resource ${logicalId}`);
    const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } = properties;
    const BillingMode = 'PAY_PER_REQUEST';
    const table = { TableName, BillingMode, AttributeDefinitions, KeySchema, GlobalSecondaryIndexes } as const;
    await this.#client.send(new CreateTableCommand(table));
    ownTables.getStore()?.push(() => this.#client.send(new DeleteTableCommand({ TableName })));
    return TableName;
  }

  /** @returns settings that name the new tables */
  async newTables<Names extends Table>(...tables: readonly Names[]): Promise<Record<Names, string>> {
    const named = tables.map(async (table) => [table, await this.newTable(TABLES[table])] as const);
    return Object.fromEntries(await Promise.all(named)) as Record<Names, string>;
  }

  /** One of each. @returns settings that name the new tables */
  allTables(): Promise<Record<Table, string>> {
    return this.newTables(...(Object.keys(TABLES) as Table[]));
  }

  /** Provisions what events.yml describes and a queue that gets all events, in a stack of this name. */
  async provisionEvents(stack: string): Promise<void> {
    const text = await readFile(join(RESOURCES, 'events.yml'), 'utf8');
    const { Resources }: Template = parse(text.replaceAll(PREFIX, stack));
    const subscriber = {
      SubscriberQueue: { Type: 'AWS::SQS::Queue', Properties: { QueueName: `${stack}-subscriber` } },
      Subscription: {
        Type: 'AWS::SNS::Subscription',
        Properties: {
          TopicArn: { Ref: 'EventsTopic' },
          Protocol: 'sqs',
          Endpoint: { 'Fn::GetAtt': ['SubscriberQueue', 'Arn'] },
          RawMessageDelivery: true,
        },
      },
    };
    await provision({ Resources: { ...Resources, ...subscriber } }, { endpoint: process.env.AWS_ENDPOINT_URL ?? '' });
  }

  async newBucket(): Promise<string> {
    this.#buckets += 1;
    const Bucket = `files-${this.#buckets}`;
    const client = s3Client(Date.now);
    await client.send(new CreateBucketCommand({ Bucket }));
    client.destroy();
    return Bucket;
  }

  async stop(): Promise<void> {
    this.#client.destroy();
    await this.#end();
  }
}

const ownTables = new AsyncLocalStorage<(() => Promise<unknown>)[]>();

/**
 * Deletes the tables that `work` has created. When a table is created, the emulator reads the definitions of all tables again:
 * a case with four tables takes 10 ms of processor time more for every hundred cases before it.
 */
export async function inOwnTables<Result>(work: () => Promise<Result>): Promise<Result> {
  const deletions: (() => Promise<unknown>)[] = [];
  try {
    return await ownTables.run(deletions, work);
  } finally {
    await Promise.all(deletions.map((each) => each()));
  }
}

/** The database of a test file; it ends with the file. */
export async function givenADatabase(): Promise<Database> {
  const database = await Database.start();
  afterAll(() => database.stop());
  return database;
}

/** The same with S3, SQS and SNS. */
export async function givenAStack(): Promise<Database> {
  const database = await Database.startWithStack();
  afterAll(() => database.stop());
  return database;
}

/** The client of the service on a connection that does less. Its middleware is its own; the rest is shared: to build it takes 1 ms. */
export function documentClient(): DynamoDBDocumentClient {
  const origin = process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '';
  if (shared?.origin !== origin) shared = { origin, client: newClient(origin) };
  const { client } = shared;
  const own = { middlewareStack: client.middlewareStack.clone() };
  return Object.assign(Object.create(DynamoDBDocumentClient.prototype), client, own);
}
let shared: { readonly origin: string; readonly client: DynamoDBDocumentClient } | undefined;

function newClient(origin: string): DynamoDBDocumentClient {
  const client = new DynamoDBClient({ maxAttempts: 5, endpoint: origin, requestHandler: new Wire(origin) });
  return DynamoDBDocumentClient.from(lean(unsigned(client)), { marshallOptions: { removeUndefinedValues: true } });
}

/** All items of a table. */
export async function itemsOf(client: DynamoDBDocumentClient, TableName: string): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  const pages = paginateScan({ client }, { TableName, ConsistentRead: true });
  for await (const { Items = [] } of pages) items.push(...Items);
  return items;
}

/** The files of a worker run one after the other in one process, so each says everything about the AWS that it uses. */
function useAws(endpoints: Readonly<Record<string, string>>): void {
  forgetAws();
  Object.assign(process.env, ACCOUNT, endpoints);
}

/** A service that a later file starts would use these endpoints. */
function forgetAws(): void {
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_DYNAMODB']) delete process.env[name];
}

type Properties = Omit<CreateTableCommandInput, 'TableName'>;
type Resources = Record<string, { readonly Properties: Properties }>;

const ACCOUNT = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
const RESOURCES = join(import.meta.dirname, '../../resources');
const PREFIX = /\$\{self:service\}-\$\{sls:stage\}/g;
const FILES = [
  ...[
    'payouts',
    'orders',
    'settlement',
    'transactions',
    'wallets',
    'withdrawals',
    'events',
    'audit',
    'tables-before-event-store',
  ],
  'system',
  'access',
  'webhooks',
];

async function readResources(): Promise<Resources> {
  const read = FILES.map(async (name): Promise<Resources> => {
    return parse(await readFile(join(RESOURCES, `${name}.yml`), 'utf8')).Resources;
  });
  return Object.assign({}, ...(await Promise.all(read)));
}
