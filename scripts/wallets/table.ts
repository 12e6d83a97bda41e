import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, paginateQuery, paginateScan } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import type { PaymentId, UserId } from '../../lib/wallets/ids.ts';
import { captureKey, type Item, LINES, lineKey, paymentKey, walletKey } from '../../lib/wallets/items.ts';
import { Books } from './books.ts';

/** Small enough not to be in the way of those who pay meanwhile. */
const AT_ONCE = { concurrency: 8 };

/** The wallets table, read-only. */
export class WalletsTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(aws: object, table: string) {
    this.#client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...aws, maxAttempts: 10 }));
    this.#table = table;
  }

  /** Everything, page by page; what changes meanwhile may be torn, and is to be read again by itself. */
  async readAll(onItems: (items: number) => void): Promise<Books> {
    const books = new Books();
    let read = 0;
    const pages = paginateScan({ client: this.#client }, { TableName: this.#table, ConsistentRead: true });
    for await (const { Items = [] } of pages) {
      for (const item of Items) books.add(item);
      read += Items.length;
      onItems(read);
    }
    return books;
  }

  /**
   * Some payments and some wallets, whatever happens to them meanwhile: first the payments, then the entries, since those
   * that a payment calls for are written with it.
   * @param ids payments, and the users on whose statements they were seen
   */
  async readAgain(ids: ReadonlyMap<string, readonly string[]>, users: Iterable<string>): Promise<Books> {
    const books = new Books();
    const readPayment = async (id: string) => {
      for (const key of [paymentKey(id as PaymentId), captureKey(id as PaymentId)]) {
        const item = await this.#get(key);
        if (item) books.add(item);
      }
    };
    await pMap(ids.keys(), readPayment, AT_ONCE);
    const payers = [...books.cases.values()].flatMap(({ payment }) => payment?.userId ?? []);
    const all = new Set([...users, ...[...ids.values()].flat(), ...payers]);
    await pMap(all, (userId) => this.#readStatement(userId as UserId, books), AT_ONCE);
    return books;
  }

  close(): void {
    this.#client.destroy();
  }

  /** The lines that the wallet counted before they were read; of the others only what it does not count even afterwards. */
  async #readStatement(userId: UserId, books: Books): Promise<void> {
    const before = await this.#get(walletKey(userId));
    const lines = await this.#lines(userId);
    const after = await this.#get(walletKey(userId));
    const later = (sk: unknown) =>
      before && after && `${sk}` > endOf(userId, before) && `${sk}` <= endOf(userId, after);
    books.account(userId);
    if (before) books.add(before);
    for (const line of lines) if (!later(line.sk)) books.add(line);
  }

  async #lines(userId: UserId): Promise<Item[]> {
    const query = {
      TableName: this.#table,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :lines)',
      ExpressionAttributeValues: { ':pk': walletKey(userId).pk, ':lines': LINES },
      ConsistentRead: true,
    };
    const lines: Item[] = [];
    for await (const { Items = [] } of paginateQuery({ client: this.#client }, query)) lines.push(...Items);
    return lines;
  }

  async #get(Key: Item): Promise<Item | undefined> {
    return (await this.#client.send(new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }))).Item;
  }
}

/** The sort key of the last line that the wallet counts. */
const endOf = (userId: UserId, wallet: Item) => lineKey(userId, Number(wallet.seq)).sk;
