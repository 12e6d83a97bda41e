import type { ApprovalDeps } from '../../lib/access/approval-ports.ts';
import { dynamoPolicies } from '../../lib/access/dynamo-approvals.ts';
import { s3Client, sqsClient } from '../../lib/aws/clients.ts';
import { S3Files } from '../../lib/aws/files.ts';
import { httpBank } from '../../lib/dependencies/rails.ts';
import { importDeps, uploadDeps } from '../../lib/dependencies/transactions.ts';
import { within } from '../../lib/edge/context.ts';
import type { ImportId } from '../../lib/imports/import.ts';
import { uploadKey } from '../../lib/imports/import.ts';
import { importFile } from '../../lib/imports/import-file.ts';
import type { BeginDeps, ImportDeps } from '../../lib/imports/ports.ts';
import type { Principal } from '../../lib/kernel/principal.ts';
import type { BatchStore } from '../../lib/payouts/batch-store.ts';
import type { ChunkMessage } from '../../lib/payouts/chunk.ts';
import { uploadApprovals } from '../../lib/uploads/approve-upload.ts';
import type { UploadDeps } from '../../lib/uploads/ports.ts';
import { readUpload } from '../../lib/uploads/read-upload.ts';
import { createUpload } from '../../lib/uploads/request-upload.ts';
import type { UploadRequest } from '../../lib/uploads/schemas.ts';
import { payoutSink } from '../../lib/uploads/store-upload.ts';
import { uploadView } from '../../lib/uploads/view.ts';
import { type Database, documentClient, itemsOf } from './database.ts';
import { aPrincipal } from './http.ts';
import { eventsOf } from './outbox.ts';
import { SECRETS } from './secrets.ts';
import { type Settings, settings } from './settings.ts';

const NOW = Date.parse('2026-11-20T10:00:00Z');

type Options = {
  readonly principal?: Principal;
  readonly policy?: Partial<UploadDeps['policy']>;
  readonly settings?: Settings;
};

/** Uploads of payouts on real stores, with windows of 10 rows. Messages are kept. */
export class UploadsWorld {
  readonly deps: UploadDeps;
  readonly imports: ImportDeps;
  readonly approving: ApprovalDeps;
  readonly files: S3Files;
  readonly tables: Record<string, string>;
  now = NOW;
  sent: ImportId[] = [];
  chunks: ChunkMessage[] = [];
  readonly #principal: Principal;

  private constructor(
    tables: Record<string, string>,
    bucket: string,
    { principal, policy, settings: changed }: Options,
  ) {
    this.tables = tables;
    this.#principal = principal ?? aPrincipal();
    const usual = { FILES_BUCKET: bucket, IMPORT_WINDOW_ROWS: 10, PAYOUT_CHUNK_SIZE: 3 };
    const at = settings({ ...tables, ...usual, ...changed });
    const outside = {
      dynamo: documentClient(),
      queues: sqsClient(Date.now),
      objects: s3Client(Date.now),
      secrets: SECRETS,
    };
    const built = importDeps(at, { ...outside, bank: httpBank(at) });
    const { payouts, secrets } = uploadDeps(at, { ...outside, bank: httpBank(at) });
    const now = () => this.now;
    const own = {
      now,
      policy: { ...built.policy, ...policy },
      queue: { send: async (messages: readonly { importId: ImportId }[]) => void this.sent.push(...ids(messages)) },
    };
    const queue = {
      send: async (some: readonly ChunkMessage[]) => void this.chunks.push(...some),
      isIdle: async () => this.chunks.length === 0,
    };
    const { sinks: _, readRecords: __, ...begin } = built;
    this.deps = { ...begin, ...own, secrets, payouts: { ...payouts, queue, now, epoch: async () => undefined } };
    const sinks = {
      ...built.sinks,
      payouts: (given: BeginDeps) => payoutSink({ ...this.deps, ...given }),
    };
    this.imports = { ...built, ...own, sinks };
    this.approving = {
      ...this.deps.payouts,
      policies: dynamoPolicies(outside.dynamo, { access: at.ACCESS_TABLE, events: at.EVENTS_TABLE }),
      subjects: { batch: uploadApprovals(this.deps) },
    };
    this.files = new S3Files(outside.objects, bucket);
  }

  static async open(database: Database, options: Options = {}): Promise<UploadsWorld> {
    const tables = await database.newTables('PAYOUTS_TABLE', 'EVENTS_TABLE', 'ACCESS_TABLE');
    const transactions = await database.newTable('TransactionsTable');
    return new UploadsWorld({ ...tables, TRANSACTIONS_TABLE: transactions }, await database.newBucket(), options);
  }

  /** As a request of the key that makes the upload. */
  request<Result>(work: () => Promise<Result>): Promise<Result> {
    return within({ requestId: 'a request', principal: this.#principal }, work);
  }

  /** An upload whose file is in the bucket. */
  async given(content: string, options: Partial<UploadRequest> = {}): Promise<ImportId> {
    const wanted: UploadRequest = {
      ...{ format: 'csv', autoStart: true, onInvalid: 'reject_all', duplicates: 'reject', claimsSales: false },
      ...options,
    };
    const { one } = await this.request(() => createUpload(this.deps, wanted));
    await this.files.put(uploadKey(one.id), content, 'text/csv');
    return one.id;
  }

  /** Works until no message is left. */
  async work(id: ImportId, deps: ImportDeps = this.imports): Promise<string[]> {
    const outcomes: string[] = [];
    do {
      this.sent = this.sent.slice(1);
      outcomes.push(await importFile(deps, id));
    } while (this.sent.length > 0 && outcomes.length < 100);
    return outcomes;
  }

  /** A worker with other stores of batches. */
  withBatches(change: (batches: BatchStore) => BatchStore): ImportDeps {
    const payouts = { ...this.deps.payouts, batches: change(this.deps.payouts.batches) };
    const sinks = {
      ...this.imports.sinks,
      payouts: (deps: BeginDeps) => payoutSink({ ...this.deps, ...deps, payouts }),
    };
    return { ...this.imports, sinks };
  }

  async show(id: ImportId) {
    return uploadView(await readUpload(this.deps, id));
  }

  events() {
    return eventsOf(documentClient(), this.tables.EVENTS_TABLE ?? '');
  }

  async payouts(): Promise<number> {
    return (await itemsOf(documentClient(), this.tables.PAYOUTS_TABLE ?? '')).filter(({ sk }) =>
      `${sk}`.startsWith('PAYOUT#'),
    ).length;
  }
}

const ids = (messages: readonly { readonly importId: ImportId }[]) => messages.map(({ importId }) => importId);
