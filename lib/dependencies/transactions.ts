import { S3Files, UPLOAD_SECONDS } from '../aws/files.ts';
import { QueueSender } from '../aws/queue.ts';
import type { Config } from '../config.ts';
import { currentRequestId } from '../edge/context.ts';
import { dynamoImports } from '../imports/dynamo.ts';
import { readRecords } from '../imports/formats.ts';
import type { ImportDeps } from '../imports/ports.ts';
import { machine } from '../runtime.ts';
import { dynamoTransactions } from '../transactions/dynamo.ts';
import type { TransactionDeps } from '../transactions/ports.ts';
import { caller, type Of } from './outside.ts';

export function transactionDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): TransactionDeps {
  return {
    transactions: dynamoTransactions(dynamo, settings.TRANSACTIONS_TABLE, settings.EVENTS_TABLE),
    ...runtime,
    ...caller,
  };
}

export function importDeps(
  settings: Config,
  { dynamo, queues, objects }: Of<'dynamo' | 'queues' | 'objects'>,
  runtime = machine,
): ImportDeps {
  return {
    imports: dynamoImports(dynamo, settings.TRANSACTIONS_TABLE, settings.EVENTS_TABLE),
    transactions: dynamoTransactions(dynamo, settings.TRANSACTIONS_TABLE, settings.EVENTS_TABLE),
    files: new S3Files(objects, settings.FILES_BUCKET),
    queue: new QueueSender(queues, settings.IMPORTS_QUEUE, currentRequestId),
    readRecords,
    policy: {
      windowRows: settings.IMPORT_WINDOW_ROWS,
      sliceMs: 60_000,
      lostAfterMs: 5 * 60_000,
      uploadWithinMs: UPLOAD_SECONDS * 1_000,
    },
    ...runtime,
    ...caller,
  };
}
