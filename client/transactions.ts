import type {
  CreatedImport,
  Import,
  ImportRequest,
  StoredTransactions,
  Transaction,
  TransactionRow,
} from './contract.ts';
import type { CallOptions, Transport } from './transport.ts';
import { type WaitOptions, waitUntil } from './wait.ts';

const ENDS: readonly Import['status'][] = ['COMPLETED', 'FAILED'];
const named = (id: string) => ({ params: { import_id: id } });

/** Sales transactions. */
export class Transactions {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Stores up to 1,000 rows. The `id` of a row is its idempotency key. */
  store(rows: TransactionRow[], options?: CallOptions): Promise<StoredTransactions> {
    return this.#transport.call('storeTransactions', { body: { transactions: rows } }, options);
  }

  get(id: string, options?: CallOptions): Promise<Transaction> {
    return this.#transport.call('getTransaction', { params: { transaction_id: id } }, options);
  }
}

/** Files of transactions. */
export class Imports {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(body: ImportRequest, options?: CallOptions): Promise<CreatedImport> {
    return this.#transport.call('createImport', { body }, options);
  }

  /**
   * Uploads the file of an import. The upload starts the import.
   * @throws SluiceConnectionError the storage refused the file, or cannot be reached
   */
  async upload(
    { upload_url }: Pick<CreatedImport, 'upload_url'>,
    file: string | Blob | Uint8Array<ArrayBuffer>,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.#transport.reach(upload_url, { method: 'PUT', body: file, ...(signal ? { signal } : {}) });
  }

  /** Starts an uploaded import at once. */
  start(id: string, options?: CallOptions): Promise<Import> {
    return this.#transport.call('startImport', named(id), options);
  }

  get(id: string, options?: CallOptions): Promise<Import> {
    return this.#transport.call('getImport', named(id), options);
  }

  /** A link to the report of rejected rows, which works without a key. @throws SluiceError NOT_FOUND: there is none */
  async rejected(id: string, options?: CallOptions): Promise<string> {
    return (await this.#transport.call('getRejected', named(id), options)).location;
  }

  /** Waits until the import is COMPLETED or FAILED. */
  waitFor(id: string, options: WaitOptions<Import> = {}): Promise<Import> {
    const read = this.#transport.reader('getImport', named(id), options);
    return waitUntil(`The import ${id}`, read, ({ status }) => ENDS.includes(status), options);
  }
}
