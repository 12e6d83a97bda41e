import { QueueSender } from '../aws/queue.ts';
import { type Config, LATE_CALL_MS } from '../config.ts';
import { currentIds } from '../edge/context.ts';
import { logger } from '../edge/log.ts';
import { dynamoCounters } from '../events/dynamo-counters.ts';
import { coalesce } from '../kernel/coalesce.ts';
import { dynamoLedger } from '../ledger/dynamo-ledger.ts';
import { machine } from '../runtime.ts';
import { dynamoDenyList } from '../withdrawals/dynamo-deny-list.ts';
import { dynamoProcessor } from '../withdrawals/dynamo-processor.ts';
import { dynamoWithdrawals } from '../withdrawals/dynamo-withdrawals.ts';
import { countedOutcomes } from '../withdrawals/outcomes.ts';
import type { WithdrawalDeps } from '../withdrawals/ports.ts';
import { sqsWithdrawalQueue } from '../withdrawals/queue.ts';
import { gateDeps } from './access.ts';
import { caller, type Of } from './outside.ts';
import { cachedEpoch } from './rails.ts';

export function withdrawalDeps(
  settings: Config,
  { dynamo, queues, chain, groups, secrets }: Of<'dynamo' | 'queues' | 'chain' | 'groups' | 'secrets'>,
  runtime = machine,
): WithdrawalDeps {
  const processor = dynamoProcessor(dynamo, settings.WITHDRAWALS_TABLE, settings.EVENTS_TABLE);
  const readState = coalesce(() => processor.readState());
  const counters = dynamoCounters(dynamo, settings.EVENTS_TABLE);
  return {
    ledger: dynamoLedger(dynamo, settings.WALLETS_TABLE),
    withdrawals: dynamoWithdrawals(
      dynamo,
      {
        withdrawals: settings.WITHDRAWALS_TABLE,
        wallets: settings.WALLETS_TABLE,
        events: settings.EVENTS_TABLE,
        access: settings.ACCESS_TABLE,
      },
      secrets,
    ),
    processor: { ...processor, readState: () => readState('processor') },
    denyList: dynamoDenyList(
      dynamo,
      { withdrawals: settings.WITHDRAWALS_TABLE, events: settings.EVENTS_TABLE },
      secrets,
    ),
    queue: sqsWithdrawalQueue(new QueueSender(queues, settings.WITHDRAWALS_QUEUE, currentIds)),
    chain,
    ...gateDeps(settings, { dynamo, secrets }, runtime),
    hmac: () => secrets.hmac(),
    outcomes: async () => countedOutcomes(await counters.read()),
    assets: settings.WITHDRAWAL_ASSETS,
    policy: {
      leaseMs: settings.WITHDRAWAL_LOCK_TTL,
      lateCallMs: LATE_CALL_MS,
      backoff: {
        baseMs: settings.WITHDRAWAL_RETRY_BASE_DELAY,
        maxMs: settings.WITHDRAWAL_RETRY_MAX_DELAY,
        multiplier: settings.WITHDRAWAL_RETRY_MULTIPLIER,
      },
      maxLookUpIntervalMs: settings.WITHDRAWAL_CONFIRMATION_POLL_MAX,
      lostAfterMs: settings.RECOVERY_AFTER_MS,
      posting: { backoff: { baseMs: 10, maxMs: 1_000 }, patienceMs: 7_000 },
    },
    groups,
    log: logger,
    epoch: cachedEpoch(settings, { dynamo }, runtime),
    ...runtime,
    ...caller,
  };
}
