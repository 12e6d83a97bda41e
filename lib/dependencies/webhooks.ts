import { QueueSender } from '../aws/queue.ts';
import { putNew } from '../aws/update.ts';
import type { Config } from '../config.ts';
import { currentIds } from '../edge/context.ts';
import { dynamoAudit } from '../events/dynamo-audit.ts';
import { newEventItem } from '../events/items.ts';
import { machine, secretBytes } from '../runtime.ts';
import { dynamoDeliveries } from '../webhooks/dynamo-deliveries.ts';
import { dynamoEndpoints } from '../webhooks/dynamo-endpoints.ts';
import { dynamoEventDeliveries } from '../webhooks/dynamo-event-deliveries.ts';
import { dynamoReplays } from '../webhooks/dynamo-replays.ts';
import { dynamoTurns } from '../webhooks/dynamo-turns.ts';
import { SECRET_BYTES, secretOf } from '../webhooks/endpoint.ts';
import type { PastDeps } from '../webhooks/index.ts';
import type { DeliveryDeps } from '../webhooks/ports.ts';
import { sqsDeliveryQueue } from '../webhooks/queue.ts';
import { caller, type Of } from './outside.ts';

/** What became of the events of an entity. */
export function pastDeps(settings: Config, { dynamo }: Of<'dynamo'>, { now } = machine): PastDeps {
  return {
    events: dynamoAudit(dynamo, settings.EVENTS_TABLE),
    deliveries: dynamoEventDeliveries(dynamo, settings.WEBHOOKS_TABLE),
    now,
  };
}

export function webhookDeps(
  settings: Config,
  { dynamo, queues, secrets, receivers }: Of<'dynamo' | 'queues' | 'secrets' | 'receivers'>,
  runtime = machine,
): DeliveryDeps {
  const tables = { webhooks: settings.WEBHOOKS_TABLE, events: settings.EVENTS_TABLE };
  return {
    endpoints: dynamoEndpoints(dynamo, tables, secrets),
    turns: dynamoTurns(dynamo, tables.webhooks),
    deliveries: dynamoDeliveries(dynamo, tables),
    replays: dynamoReplays(dynamo, tables),
    events: dynamoAudit(dynamo, tables.events),
    queue: sqsDeliveryQueue(new QueueSender(queues, settings.DELIVERIES_QUEUE, currentIds)),
    client: receivers,
    publish: async (event) => {
      await putNew(dynamo, tables.events, newEventItem(event));
    },
    newSecret: () => secretOf(secretBytes(SECRET_BYTES)),
    allowLocal: settings.WEBHOOKS_ALLOW_LOCAL,
    policy: {
      turnMs: 10_000,
      callMs: 17_000, // 15 s for the call
      inFlight: 20,
      pageSize: 100,
      lostAfterMs: settings.RECOVERY_AFTER_MS,
      backoff: { baseMs: 20, maxMs: 1_000 },
      patienceMs: 10_000,
    },
    ...runtime,
    ...caller,
  };
}
