import pMap from 'p-map';
import { captureKey, type Item, LINES, lineKey, walletKey } from '../../lib/ledger/items.ts';
import type { UserId } from '../../lib/ledger/user-id.ts';
import type { PaymentId } from '../../lib/wallets/ids.ts';
import { paymentKey } from '../../lib/wallets/items.ts';
import type { Progress, Tables } from '../verify/tables.ts';
import { Books } from './books.ts';

/** Small enough not to be in the way of those who pay meanwhile. */
const AT_ONCE = { concurrency: 8 };

/** The wallets table, read-only. */
export class WalletsTable {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Everything; what changes meanwhile may be torn, and is to be read again by itself. */
  async readAll(onProgress: Progress): Promise<Books> {
    const books = new Books();
    await this.#tables.scan('wallets', { onItem: (item) => books.add(item), onProgress });
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
        const item = await this.#tables.get('wallets', key);
        if (item) books.add(item);
      }
    };
    await pMap(ids.keys(), readPayment, AT_ONCE);
    const payers = [...books.cases.values()].flatMap(({ payment }) => payment?.userId ?? []);
    const all = new Set([...users, ...[...ids.values()].flat(), ...payers]);
    await pMap(all, (userId) => this.#readStatement(userId as UserId, books), AT_ONCE);
    return books;
  }

  /** The lines that the wallet counted before they were read; of the others only what it does not count even afterwards. */
  async #readStatement(userId: UserId, books: Books): Promise<void> {
    const before = await this.#tables.get('wallets', walletKey(userId));
    const lines = await this.#tables.query('wallets', walletKey(userId).pk, LINES);
    const after = await this.#tables.get('wallets', walletKey(userId));
    const later = (sk: unknown) =>
      before && after && `${sk}` > endOf(userId, before) && `${sk}` <= endOf(userId, after);
    books.account(userId);
    if (before) books.add(before);
    for (const line of lines) if (!later(line.sk)) books.add(line);
  }
}

/** The sort key of the last line that the wallet counts. */
const endOf = (userId: UserId, wallet: Item) => lineKey(userId, Number(wallet.seq)).sk;
