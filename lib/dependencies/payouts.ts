import { dynamoLimits } from '../access/dynamo-limits.ts';
import { QueueSender } from '../aws/queue.ts';
import { type Config, LATE_CALL_MS } from '../config.ts';
import { currentIds } from '../edge/context.ts';
import { logger } from '../edge/log.ts';
import { coalesce } from '../kernel/coalesce.ts';
import { dynamoBatches, dynamoBatchState } from '../payouts/dynamo-batches.ts';
import { dynamoChunks } from '../payouts/dynamo-chunks.ts';
import { dynamoClaims } from '../payouts/dynamo-claims.ts';
import { dynamoNotifications } from '../payouts/dynamo-notifications.ts';
import { dynamoPayoutIndex } from '../payouts/dynamo-payout-index.ts';
import { dynamoRejected } from '../payouts/dynamo-rejected.ts';
import { dynamoThroughput } from '../payouts/dynamo-throughput.ts';
import type { PayoutDeps } from '../payouts/ports.ts';
import { sqsChunkQueue } from '../payouts/queue.ts';
import { machine } from '../runtime.ts';
import { gateDeps } from './access.ts';
import { caller, type Of } from './outside.ts';
import { cachedEpoch } from './rails.ts';

export function payoutDeps(
  settings: Config,
  { dynamo, queues, bank, secrets }: Of<'dynamo' | 'queues' | 'bank' | 'secrets'>,
  runtime = machine,
): PayoutDeps {
  return {
    batches: dynamoBatches(
      dynamo,
      {
        ...{ payouts: settings.PAYOUTS_TABLE, events: settings.EVENTS_TABLE },
        ...{ access: settings.ACCESS_TABLE, imports: settings.TRANSACTIONS_TABLE },
      },
      secrets,
    ),
    chunks: dynamoChunks(dynamo, { payouts: settings.PAYOUTS_TABLE, events: settings.EVENTS_TABLE }, secrets),
    claims: dynamoClaims(dynamo, settings.PAYOUTS_TABLE),
    rejected: dynamoRejected(dynamo, settings.PAYOUTS_TABLE, secrets),
    limits: dynamoLimits(dynamo, settings.ACCESS_TABLE),
    notifications: dynamoNotifications(dynamo, { payouts: settings.PAYOUTS_TABLE, events: settings.EVENTS_TABLE }),
    index: dynamoPayoutIndex(dynamo, settings.PAYOUTS_TABLE, secrets),
    throughput: dynamoThroughput(dynamo, settings.PAYOUTS_TABLE, (error) =>
      logger.warn('the counters of the minute lack chunks', { error }),
    ),
    hmac: () => secrets.hmac(),
    queue: sqsChunkQueue(new QueueSender(queues, settings.CHUNKS_QUEUE, currentIds)),
    bank,
    ...gateDeps(settings, { dynamo, secrets }, runtime),
    readState: coalesce(dynamoBatchState(dynamo, settings.PAYOUTS_TABLE)),
    policy: {
      chunkSize: settings.PAYOUT_CHUNK_SIZE,
      maxAttempts: settings.PAYOUT_MAX_ATTEMPTS,
      leaseMs: settings.PAYOUT_CHUNK_LEASE_MS,
      lateCallMs: LATE_CALL_MS,
      creationLeaseMs: 10_000,
      lostAfterMs: settings.RECOVERY_AFTER_MS,
      backoff: { baseMs: settings.PAYOUT_RETRY_BASE_DELAY_MS, maxMs: settings.PAYOUT_RETRY_MAX_DELAY_MS },
      notificationSecrets: settings.RAIL_NOTIFICATION_SECRETS,
      returnSweepDays: settings.RETURN_SWEEP_DAYS,
      maxWaitMs: 1_000,
    },
    epoch: cachedEpoch(settings, { dynamo }, runtime),
    ...runtime,
    ...caller,
  };
}
