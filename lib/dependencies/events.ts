import type { Config } from '../config.ts';
import { dynamoCounters } from '../events/dynamo-counters.ts';
import { dynamoOutbox } from '../events/dynamo-outbox.ts';
import type { MetricsDeps, RelayDeps } from '../events/ports.ts';
import { snsTopic } from '../events/sns.ts';
import { machine } from '../runtime.ts';
import type { Of } from './outside.ts';

export function relayDeps(settings: Config, { dynamo, topics }: Of<'dynamo' | 'topics'>, runtime = machine): RelayDeps {
  return {
    outbox: dynamoOutbox(dynamo, settings.EVENTS_TABLE, runtime.random),
    topic: snsTopic(topics, settings.EVENTS_TOPIC),
    policy: { sweepAfterMs: 30_000, pageSize: 90 },
    ...runtime,
  };
}

export function metricsDeps(settings: Config, { dynamo }: Of<'dynamo'>, runtime = machine): MetricsDeps {
  return {
    counters: dynamoCounters(dynamo, settings.EVENTS_TABLE),
    outbox: dynamoOutbox(dynamo, settings.EVENTS_TABLE, runtime.random),
    ...runtime,
  };
}
