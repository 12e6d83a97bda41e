/**
 * Counts the calls to AWS: requests by command, and items written (each item of a transaction or batch counts). Polls of
 * empty queues are counted apart, as EMPTY_RECEIVE: they depend on the time, not on the work.
 */
export type Meter = {
  readonly requests: Record<string, number>;
  itemWrites: number;
  /** On a laptop only: each request asks DynamoDB for its consumed capacity. */
  units?: Units;
};

/**
 * The capacity that DynamoDB reports, by `<table>` and `<table>/<index>`. A transactional write counts double in its table
 * and once in an index. Refused conditions are missing, because DynamoDB reports nothing with an error.
 */
export type Units = { readonly written: Record<string, number>; readonly read: Record<string, number> };

export const EMPTY_RECEIVE = 'EmptyReceive';

const shared = globalThis as { sluiceMeter?: Meter };
shared.sluiceMeter ??= { requests: {}, itemWrites: 0 };

/** One per process: it is on globalThis because each function's bundle has its own copy of this module. */
export const meter: Meter = shared.sluiceMeter;

type Handler = (args: { input: unknown }) => Promise<{ output: unknown }>;
type Middleware = (next: Handler, context: { commandName?: string }) => Handler;
type MeterableClient = { middlewareStack: { add(middleware: Middleware, options: object): void } };

/** Adds the meter to a client. */
export function metered<Client>(client: Client): Client {
  const { middlewareStack } = client as unknown as MeterableClient;
  middlewareStack.add(askForUnits, { step: 'initialize', name: 'sluiceMeterUnits' });
  middlewareStack.add(count, { step: 'finalizeRequest', name: 'sluiceMeter', priority: 'low' }); // after the retry: each try counts
  return client;
}

const ON_ITEMS = /Item|^Query|^Scan/;
const WRITES = /Put|Update|Delete|Write/;

const askForUnits: Middleware =
  (next, { commandName = '' }) =>
  (args) =>
    meter.units && ON_ITEMS.test(commandName)
      ? next({ ...args, input: { ...(args.input as object), ReturnConsumedCapacity: 'INDEXES' } })
      : next(args);

const count: Middleware =
  (next, { commandName = 'unknown' }) =>
  async (args) => {
    meter.itemWrites += itemsWritten(commandName, args.input);
    add(meter.requests, commandName, 1);
    const answer = await next(args);
    if (commandName === 'ReceiveMessageCommand' && !(answer.output as { Messages?: unknown[] }).Messages?.length) {
      add(meter.requests, commandName, -1);
      add(meter.requests, EMPTY_RECEIVE, 1);
    }
    const { ConsumedCapacity = [] } = answer.output as { ConsumedCapacity?: Capacity | Capacity[] };
    if (meter.units) addUnits(WRITES.test(commandName) ? meter.units.written : meter.units.read, ConsumedCapacity);
    return answer;
  };

type Part = { readonly CapacityUnits?: number };
type Capacity = { readonly TableName?: string; readonly Table?: Part; GlobalSecondaryIndexes?: Record<string, Part> };

function addUnits(units: Record<string, number>, consumed: Capacity | readonly Capacity[]): void {
  for (const { TableName = '', Table, GlobalSecondaryIndexes = {} } of [consumed].flat()) {
    add(units, TableName, Table?.CapacityUnits ?? 0);
    for (const [index, part] of Object.entries(GlobalSecondaryIndexes))
      add(units, `${TableName}/${index}`, part.CapacityUnits ?? 0);
  }
}

function add(counts: Record<string, number>, name: string, more: number): void {
  counts[name] = (counts[name] ?? 0) + more;
}

function itemsWritten(command: string, input: unknown): number {
  switch (command) {
    case 'PutItemCommand':
    case 'UpdateItemCommand':
    case 'DeleteItemCommand':
      return 1;
    case 'TransactWriteItemsCommand':
      return (input as { TransactItems?: unknown[] }).TransactItems?.length ?? 0;
    case 'BatchWriteItemCommand':
      return Object.values((input as { RequestItems?: Record<string, unknown[]> }).RequestItems ?? {}).flat().length;
    default:
      return 0;
  }
}
