import pMap from 'p-map';
import type { Item } from '../../lib/kernel/codec.ts';
import type { UserId } from '../../lib/ledger/entry.ts';
import { captureKey, LINES, lineKey, walletKey } from '../../lib/ledger/items.ts';
import { type PaymentId, parsePaymentId } from '../../lib/wallets/ids.ts';
import { paymentKey } from '../../lib/wallets/items.ts';
import type { Progress, Tables } from './tables.ts';
import { Books } from './wallets-books.ts';

/** Few, so that payments are not slowed down. */
const PARALLEL_READS = { concurrency: 8 };

/** Reads the wallets table. */
export class WalletsTable {
  readonly #tables: Tables;

  constructor(tables: Tables) {
    this.#tables = tables;
  }

  /** Reads everything. A payment that changes during the read may be inconsistent: read it again. */
  async readAll(onProgress: Progress): Promise<Books> {
    const books = new Books();
    await this.#tables.scan('wallets', { onItem: (item) => books.add(item), onProgress });
    await this.#tables.scan('withdrawals', {
      sk: 'WITHDRAWAL',
      onItem: (item) => books.addWithdrawal(item),
      onProgress,
    });
    return books;
  }

  /** A wallet with its payments, or a payment with all of its payer. @param id of a user or of a payment */
  async readOne(id: string): Promise<Books> {
    const first = parsePaymentId(id)
      ? await this.readAgain(new Map([[id, []]]), [])
      : await this.readAgain(new Map(), [id]);
    const users = [...first.accounts.keys()];
    const books = await this.readAgain(new Map([...first.cases.keys()].map((each) => [each, users])), users);
    if (parsePaymentId(id)) books.case(id);
    return books;
  }

  /**
   * Reads some payments and some wallets. Payments come before entries: an entry is written together with the status that
   * requires it.
   * @param ids payments, each with the users whose statements had it
   */
  async readAgain(ids: ReadonlyMap<string, readonly string[]>, users: Iterable<string>): Promise<Books> {
    const books = new Books();
    const readPayment = async (id: string) => {
      for (const key of [paymentKey(id as PaymentId), captureKey(paymentKey(id as PaymentId).pk)]) {
        const item = await this.#tables.get('wallets', key);
        if (item) books.add(item);
      }
    };
    await pMap(ids.keys(), readPayment, PARALLEL_READS);
    const payers = [...books.cases.values()].flatMap(({ payment }) => payment?.userId ?? []);
    const all = new Set([...users, ...[...ids.values()].flat(), ...payers]);
    await pMap(all, (userId) => this.#readStatement(userId as UserId, books), PARALLEL_READS);
    return books;
  }

  /** Reads the wallet, its lines, and the wallet again. Skips the lines that were posted in between. */
  async #readStatement(userId: UserId, books: Books): Promise<void> {
    const before = await this.#tables.get('wallets', walletKey(userId));
    const lines = await this.#tables.query('wallets', walletKey(userId).pk, LINES);
    const after = await this.#tables.get('wallets', walletKey(userId));
    const isLater = (sk: unknown) =>
      before && after && `${sk}` > lastLineOf(userId, before) && `${sk}` <= lastLineOf(userId, after);
    books.account(userId);
    if (before) books.add(before);
    for (const line of lines) if (!isLater(line.sk)) books.add(line);
  }
}

/** The sort key of the last line that the wallet counts. */
const lastLineOf = (userId: UserId, wallet: Item) => lineKey(userId, Number(wallet.seq)).sk;
