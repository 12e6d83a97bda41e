import { isDeepStrictEqual } from 'node:util';
import { type AttributeValue, DescribeTableCommand, type TableDescription } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { documentClient } from './database.ts';

type Item = Record<string, unknown>;
type Key = { readonly pk: unknown; readonly sk: unknown };
type Target = { readonly TableName?: string; readonly Item?: Item; readonly Key?: Item };
type Input = Target & {
  readonly TransactItems?: readonly Record<string, Target>[];
  readonly RequestItems?: Record<string, readonly { readonly PutRequest?: Target; readonly DeleteRequest?: Target }[]>;
};
type Consumed = { readonly Table?: Part; readonly GlobalSecondaryIndexes?: Record<string, Part> };
type Part = { readonly CapacityUnits?: number };
type Middleware = (next: Handler, context: { commandName?: string }) => Handler;
type Handler = (args: { input: object }) => Promise<{ output: unknown }>;

/**
 * Counts the write units of each partition, from each item before and after each write, for a client that sends one request
 * at a time. AWS charges a write by the larger of both images, per started KB; a transactional write twice; an index once for a
 * new entry, a removed one or a changed one, and twice for an entry that moves.
 */
export class WriteUnits {
  /** By `<table> <partition>` and `<table>/<index> <partition>`; ids are `*`. */
  readonly byPartition = new Map<string, number>();
  /** What the emulator reported, by `<table>` and `<table>/<index>`. */
  readonly reported = new Map<string, number>();
  readonly #reader = documentClient();
  readonly #tables = new Map<string, TableDescription>();

  /** Adds the counter to a client. */
  of(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
    const count: Middleware = (next, { commandName = '' }) =>
      /Put|Update|Delete|Write/.test(commandName) ? (args) => this.#count(args.input as Input, next) : next;
    (client.middlewareStack as { add(middleware: Middleware, options: object): void }).add(count, {
      step: 'initialize',
      priority: 'high',
    });
    return client;
  }

  /** The units of all partitions of each table and index: what {@link reported} has. */
  get byPlace(): Map<string, number> {
    const sums = new Map<string, number>();
    for (const [partition, units] of this.byPartition) add(sums, partition.split(' ')[0] ?? '', units);
    return sums;
  }

  stop(): void {
    this.#reader.destroy();
  }

  async #count(input: Input, next: Handler): Promise<{ output: unknown }> {
    const targets = targetsOf(input);
    const before = await Promise.all(targets.map((target) => this.#read(target)));
    const answer = await next({ input: { ...input, ReturnConsumedCapacity: 'INDEXES' } });
    const after = await Promise.all(targets.map((target) => this.#read(target)));
    for (const [at, { table, key }] of targets.entries()) {
      const description = await this.#describe(table);
      const times = input.TransactItems ? 2 : 1;
      this.#add(table, '', key.pk, times * Math.max(1, unitsOf(before[at]), unitsOf(after[at])));
      for (const index of description.GlobalSecondaryIndexes ?? []) this.#addIndex(table, index, before[at], after[at]);
    }
    const { ConsumedCapacity } = answer.output as { ConsumedCapacity: Consumed | Consumed[] };
    for (const [at, { Table, GlobalSecondaryIndexes = {} }] of [ConsumedCapacity].flat().entries()) {
      const name = nameOf(([ConsumedCapacity].flat()[at] as { TableName?: string }).TableName);
      add(this.reported, name, Table?.CapacityUnits ?? 0);
      for (const [index, part] of Object.entries(GlobalSecondaryIndexes))
        add(this.reported, `${name}/${index}`, part.CapacityUnits ?? 0);
    }
    return answer;
  }

  #addIndex(table: string, index: Index, before: Item | undefined, after: Item | undefined): void {
    const [old, new_] = [entryOf(index, before), entryOf(index, after)];
    const name = `/${index.IndexName}`;
    if (old && new_ && old.place === new_.place) {
      const units = isDeepStrictEqual(old.item, new_.item) ? 0 : Math.max(unitsOf(old.item), unitsOf(new_.item));
      this.#add(table, name, new_.pk, units);
    } else {
      if (old) this.#add(table, name, old.pk, unitsOf(old.item));
      if (new_) this.#add(table, name, new_.pk, unitsOf(new_.item));
    }
  }

  #add(table: string, index: string, pk: unknown, units: number): void {
    add(this.byPartition, `${nameOf(table)}${index} ${String(pk).replaceAll(/#[^#]+/g, '#*')}`, units);
  }

  async #read({ table: TableName, key }: { table: string; key: Key }): Promise<Item | undefined> {
    return (await this.#reader.send(new GetCommand({ TableName, Key: key, ConsistentRead: true }))).Item;
  }

  async #describe(TableName: string): Promise<TableDescription> {
    const known = this.#tables.get(TableName);
    if (known) return known;
    const { Table = {} } = await this.#reader.send(new DescribeTableCommand({ TableName }));
    this.#tables.set(TableName, Table);
    return Table;
  }
}

type Index = NonNullable<TableDescription['GlobalSecondaryIndexes']>[number];

/** What an index has of an item; undefined if it lacks a key of the index. */
function entryOf({ KeySchema = [], Projection }: Index, item: Item | undefined) {
  const keys = KeySchema.map(({ AttributeName = '' }) => AttributeName);
  if (!item || keys.some((name) => item[name] === undefined)) return undefined;
  const names = ['pk', 'sk', ...keys, ...(Projection?.NonKeyAttributes ?? [])];
  const all = Projection?.ProjectionType === 'ALL' ? Object.keys(item).sort() : names;
  const projected = Object.fromEntries(all.filter((name) => name in item).map((name) => [name, item[name]]));
  return { item: projected, pk: item[keys[0] ?? ''], place: JSON.stringify(keys.map((name) => item[name])) };
}

function targetsOf({ TransactItems, RequestItems, ...single }: Input) {
  const all: Target[] = [
    ...(single.TableName ? [single] : []),
    ...(TransactItems ?? []).flatMap((item) => Object.values(item)),
    ...Object.entries(RequestItems ?? {}).flatMap(([TableName, writes]) =>
      writes.map(({ PutRequest, DeleteRequest }) => ({ TableName, ...PutRequest, ...DeleteRequest })),
    ),
  ];
  return all.map(({ TableName = '', Item, Key }) => {
    const { pk, sk } = (Item ?? Key) as Key;
    return { table: TableName, key: { pk, sk } };
  });
}

/** Test tables are called `<logical id>-<number>`. */
const nameOf = (table = '') => table.replace(/Table-\d+$/, '').toLowerCase();

function add(units: Map<string, number>, name: string, more: number): void {
  if (more > 0) units.set(name, (units.get(name) ?? 0) + more);
}

const unitsOf = (item: Item | undefined) => (item ? Math.ceil(bytesOf(marshall(item)) / 1_024) : 0);

/** The size of an item (DynamoDB developer guide, "DynamoDB item sizes and formats"). */
function bytesOf(attributes: Record<string, AttributeValue>): number {
  return Object.entries(attributes).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + sizeOf(value), 0);
}

function sizeOf(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1;
  if (value.B !== undefined) return value.B.length;
  if (value.M !== undefined) return 3 + bytesOf(value.M) + Object.keys(value.M).length;
  if (value.L !== undefined) return 3 + value.L.reduce((sum, each) => sum + sizeOf(each) + 1, 0);
  const set = value.SS ?? value.NS ?? [];
  return set.reduce((sum, each) => sum + Buffer.byteLength(each), set.length === 0 ? 1 : 0);
}
