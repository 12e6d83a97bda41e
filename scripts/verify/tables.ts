import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, paginateQuery, paginateScan } from '@aws-sdk/lib-dynamodb';
import { chunk } from 'es-toolkit';
import { batchGet } from '../../lib/aws/read.ts';
import type { Count } from '../../lib/events/counts.ts';
import { dynamoCounters } from '../../lib/events/dynamo-counters.ts';
import { tableOfStage } from '../aws.ts';
import type { Item } from './difference.ts';

export type TableName =
  | 'payouts'
  | 'orders'
  | 'wallets'
  | 'withdrawals'
  | 'transactions'
  | 'settlements'
  | 'events'
  | 'access'
  | 'webhooks'
  | 'system';

/** The number of items read, and their approximate total. */
export type Progress = (items: number, ofAbout: number) => void;

type Scan = {
  /** By default all. */
  readonly attributes?: readonly string[];
  /** Only items with one of these sort keys. It does not reduce the reads. */
  readonly sk?: string | readonly string[];
  /** Beside `sk`: also items with one of these statuses. */
  readonly statuses?: readonly string[];
  readonly onItem: (item: Item) => void;
  readonly onProgress?: Progress;
};

/** The emulator scans the whole table for every page: a million rows took 47 s with 16 segments, 83 s with 4. */
const SEGMENTS = 16;
const KEYS_AT_ONCE = 100;

/** Reads the tables of a stage, always consistently. */
export class Tables {
  readonly #client: DynamoDBDocumentClient;
  readonly #stage: string;

  constructor(aws: object, stage: string) {
    this.#client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...aws, maxAttempts: 10 }));
    this.#stage = stage;
  }

  nameOf = (table: TableName) => tableOfStage(this.#stage, table);

  /** In no order. An item that changes during the scan is read in its old or in its new state. */
  async scan(table: TableName, { attributes, sk, statuses, onItem, onProgress }: Scan): Promise<void> {
    const TableName = this.nameOf(table);
    const { Table } = await this.#client.send(new DescribeTableCommand({ TableName }));
    const query = {
      TableName,
      ConsistentRead: true,
      TotalSegments: SEGMENTS,
      ...selecting(attributes),
      ...filtering(sk, statuses),
    };
    let read = 0;
    const scanSegment = async (Segment: number) => {
      for await (const { Items = [], ScannedCount = 0 } of paginateScan(
        { client: this.#client },
        { ...query, Segment },
      )) {
        for (const item of Items) onItem(item);
        read += ScannedCount;
        onProgress?.(read, Math.max(read, Table?.ItemCount ?? 0));
      }
    };
    await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => scanSegment(segment)));
  }

  async query(table: TableName, pk: string, prefix = ''): Promise<Item[]> {
    const condition = prefix === '' ? 'pk = :pk' : 'pk = :pk AND begins_with(sk, :prefix)';
    const items: Item[] = [];
    const pages = paginateQuery(
      { client: this.#client },
      {
        TableName: this.nameOf(table),
        KeyConditionExpression: condition,
        ExpressionAttributeValues: { ':pk': pk, ...(prefix === '' ? {} : { ':prefix': prefix }) },
        ConsistentRead: true,
      },
    );
    for await (const { Items = [] } of pages) items.push(...Items);
    return items;
  }

  async get(table: TableName, Key: { pk: string; sk: string }): Promise<Item | undefined> {
    const get = new GetCommand({ TableName: this.nameOf(table), Key, ConsistentRead: true });
    return (await this.#client.send(get)).Item;
  }

  /** The items that exist, in no order. */
  async getAll(table: TableName, keys: readonly { pk: string; sk: string }[]): Promise<Item[]> {
    const items: Item[] = [];
    for (const some of chunk(keys, KEYS_AT_ONCE)) {
      items.push(...(await batchGet(this.#client, this.nameOf(table), some)));
    }
    return items;
  }

  counters(): Promise<Count[]> {
    return dynamoCounters(this.#client, this.nameOf('events')).read();
  }

  close(): void {
    this.#client.destroy();
  }
}

function selecting(attributes: readonly string[] | undefined) {
  if (attributes === undefined) return {};
  const aliases = attributes.map((name): [string, string] => [`#${name}`, name]);
  return {
    ProjectionExpression: aliases.map(([alias]) => alias).join(', '),
    ExpressionAttributeNames: Object.fromEntries(aliases),
  };
}

function filtering(sk: string | readonly string[] | undefined, statuses: readonly string[] = []) {
  if (sk === undefined) return {};
  const keys = [sk].flat().map((key, index): [string, string] => [`:sk${index}`, key]);
  const names = statuses.map((status, index): [string, string] => [`:status${index}`, status]);
  return {
    FilterExpression: [...keys.map(([name]) => `sk = ${name}`), ...names.map(([name]) => `#status = ${name}`)].join(
      ' OR ',
    ),
    ExpressionAttributeValues: Object.fromEntries([...keys, ...names]),
    ...(names.length === 0 ? {} : { ExpressionAttributeNames: { '#status': 'status' } }),
  };
}
