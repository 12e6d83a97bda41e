import { S3Files } from '../aws/files.ts';
import type { Config } from '../config.ts';
import { machine } from '../runtime.ts';
import { MAX_CHUNKS } from '../settlement/chunk.ts';
import { dynamoJobs } from '../settlement/dynamo-jobs.ts';
import { dynamoSegments, dynamoSettlements } from '../settlement/dynamo-settlements.ts';
import type { SettlementDeps } from '../settlement/ports.ts';
import { caller, type Of } from './outside.ts';

export function settlementDeps(
  settings: Config,
  { dynamo, objects, workflow }: Of<'dynamo' | 'objects' | 'workflow'>,
  runtime = machine,
): SettlementDeps {
  return {
    jobs: dynamoJobs(dynamo, settings.SETTLEMENTS_TABLE, settings.EVENTS_TABLE),
    settlements: dynamoSettlements(dynamo, settings.SETTLEMENTS_TABLE),
    segments: dynamoSegments(dynamo, settings.TRANSACTIONS_TABLE),
    files: new S3Files(objects, settings.FILES_BUCKET),
    workflow,
    policy: { window: MAX_CHUNKS },
    ...runtime,
    ...caller,
  };
}
