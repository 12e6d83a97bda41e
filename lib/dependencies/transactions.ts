import { S3Files, UPLOAD_SECONDS } from '../aws/files.ts';
import { QueueSender } from '../aws/queue.ts';
import type { Config } from '../config.ts';
import { currentIds } from '../edge/context.ts';
import { dynamoImports } from '../imports/dynamo.ts';
import { readRecords } from '../imports/formats.ts';
import type { ImportDeps } from '../imports/ports.ts';
import { transactionSink } from '../imports/transaction-sink.ts';
import { machine } from '../runtime.ts';
import { dynamoTransactions } from '../transactions/dynamo.ts';
import type { TransactionDeps } from '../transactions/ports.ts';
import type { UploadDeps } from '../uploads/ports.ts';
import { payoutSink } from '../uploads/store-upload.ts';
import { MAX_BYTES, MAX_ROWS } from '../uploads/upload.ts';
import { caller, type Of } from './outside.ts';
import { payoutDeps } from './payouts.ts';

export function transactionDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): TransactionDeps {
  return {
    transactions: dynamoTransactions(dynamo, settings.TRANSACTIONS_TABLE, settings.EVENTS_TABLE),
    ...runtime,
    ...caller,
  };
}

type ImportOutside = Of<'dynamo' | 'queues' | 'objects' | 'bank' | 'secrets'>;

export function importDeps(settings: Config, outside: ImportOutside, runtime = machine): ImportDeps {
  const { payouts, secrets, ...begin } = uploadDeps(settings, outside, runtime);
  const transactions = dynamoTransactions(outside.dynamo, settings.TRANSACTIONS_TABLE, settings.EVENTS_TABLE);
  return {
    ...begin,
    readRecords,
    sinks: {
      transactions: (deps) => transactionSink({ ...deps, transactions }),
      payouts: (deps) => payoutSink({ ...deps, payouts, secrets }),
    },
  };
}

export function uploadDeps(settings: Config, outside: ImportOutside, runtime = machine): UploadDeps {
  const { dynamo, queues, objects, secrets } = outside;
  return {
    payouts: payoutDeps(settings, outside, runtime),
    secrets,
    imports: dynamoImports(dynamo, settings.TRANSACTIONS_TABLE, settings.EVENTS_TABLE),
    files: new S3Files(objects, settings.FILES_BUCKET),
    queue: new QueueSender(queues, settings.IMPORTS_QUEUE, currentIds),
    policy: {
      most: { rows: MAX_ROWS, bytes: MAX_BYTES },
      windowRows: settings.IMPORT_WINDOW_ROWS,
      windowBytes: 32_000_000,
      sliceMs: 60_000,
      lostAfterMs: 5 * 60_000,
      uploadWithinMs: UPLOAD_SECONDS * 1_000,
    },
    ...runtime,
    ...caller,
  };
}
