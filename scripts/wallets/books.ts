import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, paginateQuery, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { PaymentId, UserId } from '../../lib/wallets/ids.ts';
import { entryOf, type Item, lineOf, paymentKey, paymentOf, walletKey, walletOf } from '../../lib/wallets/items.ts';
import type { Entry } from '../../lib/wallets/journal.ts';
import type { Payment } from '../../lib/wallets/payment.ts';
import type { Line, Wallet } from '../../lib/wallets/wallet.ts';

/** A wallet and its statement. */
export type Account = { readonly wallet: Wallet | undefined; readonly lines: readonly Line[] };
/** A payment and every entry that names it. */
export type Case = { readonly payment: Payment | undefined; readonly entries: readonly Entry[] };

/** All there is in the table, by user and by payment. */
export class Books {
  readonly accounts = new Map<string, { wallet: Wallet | undefined; lines: Line[] }>();
  readonly cases = new Map<string, { payment: Payment | undefined; entries: Entry[] }>();

  add(item: Item): void {
    const [kind = '', id = ''] = split(`${item.pk}`);
    if (kind === 'WALLET') {
      const account = this.#account(id);
      if (item.sk === 'WALLET') account.wallet = walletOf(item);
      else {
        const line = lineOf(item);
        account.lines.push(line);
        if (line.entry.paymentId) this.#case(line.entry.paymentId).entries.push(line.entry);
      }
    }
    if (kind === 'PAYMENT') {
      if (item.sk === 'PAYMENT') this.#case(id).payment = paymentOf(item);
      else this.#case(id).entries.push(entryOf(item));
    }
  }

  #account(userId: string) {
    const account = this.accounts.get(userId) ?? { wallet: undefined, lines: [] };
    this.accounts.set(userId, account);
    return account;
  }

  #case(id: string) {
    const one = this.cases.get(id) ?? { payment: undefined, entries: [] };
    this.cases.set(id, one);
    return one;
  }
}

/** A key is a kind and an id, and an id has no "#". */
function split(pk: string): string[] {
  return pk.split(/#(.*)/s);
}

/** The wallets table, read-only. */
export class WalletsTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(aws: object, table: string) {
    this.#client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...aws, maxAttempts: 10 }));
    this.#table = table;
  }

  /** Everything, page by page; what changes meanwhile may be torn, and is to be read again by its id. */
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

  /** A wallet, and then the lines that it counts: those are there when it is. */
  async account(userId: string): Promise<Account> {
    const wallet = await this.#get(walletKey(userId as UserId));
    const found = wallet && walletOf(wallet);
    const books = await this.#partition(`WALLET#${userId}`);
    const lines = books.accounts.get(userId)?.lines ?? [];
    return { wallet: found, lines: found ? lines.filter(({ seq }) => seq <= found.seq) : lines };
  }

  /** A payment, and then its entries: those that its state calls for are there when it is. */
  async case(id: string): Promise<Case> {
    const item = await this.#get(paymentKey(id as PaymentId));
    if (!item) return { payment: undefined, entries: [] };
    const payment = paymentOf(item);
    const [own, wallet] = await Promise.all([
      this.#partition(`PAYMENT#${id}`),
      this.#partition(`WALLET#${payment.userId}`),
    ]);
    const entries = [...(own.cases.get(id)?.entries ?? []), ...(wallet.cases.get(id)?.entries ?? [])];
    return { payment, entries };
  }

  close(): void {
    this.#client.destroy();
  }

  async #get(Key: Item): Promise<Item | undefined> {
    return (await this.#client.send(new GetCommand({ TableName: this.#table, Key, ConsistentRead: true }))).Item;
  }

  async #partition(pk: string): Promise<Books> {
    const books = new Books();
    const query = {
      TableName: this.#table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': pk },
      ConsistentRead: true,
    };
    for await (const { Items = [] } of paginateQuery({ client: this.#client }, query)) {
      for (const item of Items) books.add(item);
    }
    return books;
  }
}
