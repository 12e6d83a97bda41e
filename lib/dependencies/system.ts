import { readFile } from 'node:fs/promises';
import { mapValues } from 'es-toolkit';
import { readHead } from '../audit/dynamo-chain.ts';
import { queueIsUp } from '../aws/queue.ts';
import type { Config } from '../config.ts';
import { metricsOf } from '../edge/metrics.ts';
import { dynamoOutbox } from '../events/dynamo-outbox.ts';
import { oldestWaiting } from '../events/oldest-waiting.ts';
import { dynamoImports } from '../imports/dynamo.ts';
import { oldestRunning } from '../imports/oldest-running.ts';
import { cachedFor } from '../kernel/cached.ts';
import { dynamoBatches } from '../payouts/dynamo-batches.ts';
import { dynamoNotifications } from '../payouts/dynamo-notifications.ts';
import { dynamoPayoutIndex } from '../payouts/dynamo-payout-index.ts';
import { dynamoThroughput } from '../payouts/dynamo-throughput.ts';
import { measureLastMinute, measureOpen } from '../payouts/measure-payouts.ts';
import { countDeadNotifications } from '../payouts/receive-return.ts';
import { oldestOpenCircuit, RAILS, type RailName } from '../rail/circuit.ts';
import { dynamoCircuits } from '../rail/dynamo-circuits.ts';
import { dynamoPositions } from '../recovery/dynamo-positions.ts';
import type { RecoveryDeps } from '../recovery/run-recovery.ts';
import { machine } from '../runtime.ts';
import { dynamoJobs } from '../settlement/dynamo-jobs.ts';
import { oldestUnsettled } from '../settlement/settle-yesterday.ts';
import { AWS_DEADLINE_MS, type Check, checkHealth, HEALTH_CACHED_MS, type HealthDeps } from '../system/check-health.ts';
import type { DocsDeps } from '../system/docs.ts';
import { dynamoDataVersion } from '../system/dynamo-data-version.ts';
import type { MeasureDeps } from '../system/measure.ts';
import type { OperationsDeps } from '../system/read-operations.ts';
import { dynamoPayments } from '../wallets/dynamo-payments.ts';
import { dynamoDeliveryBacklog } from '../webhooks/dynamo-backlog.ts';
import { countDead, oldestDue, oldestUnknown } from '../withdrawals/backlog.ts';
import { dynamoWithdrawals } from '../withdrawals/dynamo-withdrawals.ts';
import type { Of } from './outside.ts';

export function recoveryDeps(settings: Config, { dynamo }: Of<'dynamo'>, { now } = machine): RecoveryDeps {
  const positions = dynamoPositions(dynamo, settings.SYSTEM_TABLE);
  return { positions, publishMetrics: metricsOf(settings.STAGE), now };
}

/** Of what answers without a key: it calls nothing but the database. */
export function healthDeps(
  settings: Config,
  { dynamo }: Of<'dynamo'>,
  { now, sleep } = machine,
  checks: readonly Check[] = [],
): HealthDeps {
  const dataVersion = dynamoDataVersion(dynamo, settings.SYSTEM_TABLE);
  return { read: cachedFor(HEALTH_CACHED_MS, () => checkHealth({ checks, dataVersion, sleep }), now) };
}

/**
 * A rail that has not answered by then is down, also if it has more time for an instruction. Its own deadline begins with the
 * request: before it, a new process reads the secret.
 */
const RAIL_DEADLINE_MS = 5_000;

export function deepHealthDeps(
  settings: Config,
  outside: Of<'dynamo' | 'queues' | RailName>,
  runtime = machine,
): HealthDeps {
  const queue = () => queueIsUp(outside.queues, settings.CHUNKS_QUEUE);
  const rails = RAILS.map((name) => {
    const rail = outside[name];
    return { name, isUp: () => rail.isHealthy(), deadlineMs: RAIL_DEADLINE_MS };
  });
  return healthDeps(settings, outside, runtime, [
    { name: 'queue', isUp: queue, deadlineMs: AWS_DEADLINE_MS },
    ...rails,
  ]);
}

export function operationsDeps(
  settings: Config,
  { dynamo, secrets }: Of<'dynamo' | 'secrets'>,
  { now, random } = machine,
): OperationsDeps {
  const tables = {
    ...{ payouts: settings.PAYOUTS_TABLE, withdrawals: settings.WITHDRAWALS_TABLE, wallets: settings.WALLETS_TABLE },
    ...{ events: settings.EVENTS_TABLE, access: settings.ACCESS_TABLE },
  };
  const withdrawals = dynamoWithdrawals(dynamo, tables, secrets);
  const payments = dynamoPayments(dynamo, tables);
  const notifications = dynamoNotifications(dynamo, tables);
  const imports = dynamoImports(dynamo, settings.TRANSACTIONS_TABLE, tables.events);
  const outbox = dynamoOutbox(dynamo, tables.events, random);
  const deliveries = dynamoDeliveryBacklog(dynamo, settings.WEBHOOKS_TABLE);
  return {
    oldestDue: {
      withdrawals: (at) => oldestDue({ withdrawals }, at),
      payments: (at) => payments.oldestOverdue(at),
      imports: () => oldestRunning({ imports }),
      events: async (at) => {
        const event = await oldestWaiting({ outbox }, at);
        return event && { since: event.time, id: event.subject };
      },
      webhook_deliveries: (at) => deliveries.oldestDue(at),
    },
    deadLetters: {
      withdrawals: () => countDead({ withdrawals }),
      rail_notifications: () => countDeadNotifications({ notifications }),
      webhook_deliveries: () => deliveries.countFailed(),
    },
    circuits: dynamoCircuits(dynamo, settings.SYSTEM_TABLE),
    sealed: () => readHead(dynamo, settings.SEALS_TABLE),
    now,
  };
}

export function measureDeps(settings: Config, outside: Of<'dynamo' | 'secrets'>, runtime = machine): MeasureDeps {
  const { dynamo, secrets } = outside;
  const { oldestDue, circuits } = operationsDeps(settings, outside, runtime);
  const tables = {
    ...{ payouts: settings.PAYOUTS_TABLE, withdrawals: settings.WITHDRAWALS_TABLE, wallets: settings.WALLETS_TABLE },
    ...{ events: settings.EVENTS_TABLE, access: settings.ACCESS_TABLE, imports: settings.TRANSACTIONS_TABLE },
  };
  const payouts = {
    batches: dynamoBatches(dynamo, tables, secrets),
    index: dynamoPayoutIndex(dynamo, tables.payouts, secrets),
    throughput: dynamoThroughput(dynamo, tables.payouts, () => {}), // adds nothing
  };
  const withdrawals = dynamoWithdrawals(dynamo, tables, secrets);
  const jobs = dynamoJobs(dynamo, settings.SETTLEMENTS_TABLE, tables.events);
  return {
    since: {
      ...mapValues(oldestDue, (read) => async (now: number) => (await read(now))?.since),
      unknown_payouts: () => payouts.index.oldest('unknown'),
      unknown_withdrawals: () => oldestUnknown({ withdrawals }),
      unsettled_days: (now) => oldestUnsettled({ jobs }, now),
      open_circuits: (now) => oldestOpenCircuit({ circuits, now: () => now }),
    },
    openPayouts: (now) => measureOpen(payouts, now),
    lastMinute: (now) => measureLastMinute(payouts, now),
    publish: metricsOf(settings.STAGE),
    now: runtime.now,
  };
}

/** The deployment package is the working directory of a function. */
export const docsDeps = (): DocsDeps => ({ readFile: (path) => readFile(path) });
