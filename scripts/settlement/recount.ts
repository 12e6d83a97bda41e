import { DescribeTableCommand, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { Groups } from './groups.ts';

/** What the raw rows of a range of days come to. */
export type Recount = {
  readonly groups: Groups;
  /** Rows of the range, of whatever status. */
  readonly rows: number;
};

/** What a scan has gone through by now, of about how many items. */
export type Progress = (items: number, ofAbout: number) => void;

/** The emulator goes through the whole table for every page of it; sixteen at a time took 47 s a million rows, four 83 s. */
const SEGMENTS = 16;

/**
 * Adds up every transaction of the table one by one: the items under TXN#<id>, which no settlement reads, and none of
 * the segments, which it does read. The items are also taken apart here, not by the code that is audited. It reads the
 * entire table, so it costs as much as the table is large; memory grows with merchants and days.
 */
export async function recount(
  aws: object,
  table: string,
  range: { readonly from: string; readonly to: string },
  onProgress: Progress,
): Promise<Recount> {
  const client = new DynamoDBClient({ ...aws, maxAttempts: 10 });
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    const counter = new Counter(range, (items) => onProgress(items, Math.max(items, Table?.ItemCount ?? 0)));
    await Promise.all(Array.from({ length: SEGMENTS }, (_, segment) => scan(client, table, segment, counter)));
    return counter;
  } finally {
    client.destroy();
  }
}

async function scan(client: DynamoDBClient, table: string, segment: number, counter: Counter): Promise<void> {
  const pages = paginateScan(
    { client },
    {
      TableName: table,
      Segment: segment,
      TotalSegments: SEGMENTS,
      FilterExpression: 'begins_with(pk, :txn)',
      ProjectionExpression: '#row',
      ExpressionAttributeNames: { '#row': 'row' },
      ExpressionAttributeValues: { ':txn': { S: 'TXN#' } },
      ConsistentRead: true,
    },
  );
  for await (const { Items = [], ScannedCount = 0 } of pages) {
    for (const { row } of Items) counter.add(row?.S ?? '');
    counter.read(ScannedCount);
  }
}

class Counter implements Recount {
  readonly groups = new Groups();
  rows = 0;
  readonly #from: string;
  readonly #to: string;
  readonly #onRead: (items: number) => void;
  #items = 0;

  constructor({ from, to }: { readonly from: string; readonly to: string }, onRead: (items: number) => void) {
    this.#from = from;
    this.#to = to;
    this.#onRead = onRead;
  }

  add(row: string): void {
    const [merchantId, amount, fee, status, paidAt] = JSON.parse(row) as [string, string, string, string, number];
    const day = new Date(paidAt).toISOString().slice(0, 10);
    if (day < this.#from || day > this.#to) return;
    this.rows += 1;
    if (status === 'PAID') this.groups.add(day, merchantId, BigInt(amount), BigInt(fee));
  }

  read(items: number): void {
    this.#items += items;
    this.#onRead(this.#items);
  }
}
