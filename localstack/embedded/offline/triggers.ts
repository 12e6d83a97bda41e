/** The SQS triggers and schedules of the functions, read from their `events` in serverless.yml. */

import type { Resolver } from '../provision/template.ts';
import type { SqsTrigger } from './poller.ts';
import type { FunctionDefinition } from './serverless.ts';

interface SqsEventConfig {
  arn: unknown;
  batchSize?: number;
  maximumBatchingWindow?: number;
  maximumConcurrency?: number;
  functionResponseType?: string;
  enabled?: boolean;
  filterPatterns?: unknown[];
}

/** Lambda starts with five pollers per queue. Used if the trigger sets no maximum. */
const DEFAULT_CONCURRENCY = 5;

/** @throws Error for a trigger that would behave differently here than on AWS. */
export function sqsTriggers(functions: FunctionDefinition[], resolver: Resolver): SqsTrigger[] {
  return functions.flatMap(({ name, events }) =>
    events
      .filter(({ sqs }) => sqs !== undefined)
      .map(({ sqs }) => (typeof sqs === 'string' ? { arn: sqs } : (sqs as SqsEventConfig)))
      .filter(({ enabled = true }) => enabled)
      .map((config) => sqsTrigger(name, config, resolver)),
  );
}

function sqsTrigger(functionName: string, config: SqsEventConfig, resolver: Resolver): SqsTrigger {
  if (config.filterPatterns !== undefined) {
    throw new Error(`${functionName}: filterPatterns of SQS triggers are not supported locally`);
  }
  return {
    functionName,
    queueArn: String(resolver.resolve(config.arn)),
    batchSize: config.batchSize ?? 10,
    maximumConcurrency: config.maximumConcurrency ?? DEFAULT_CONCURRENCY,
    batchingWindowSeconds: config.maximumBatchingWindow ?? 0,
    reportsFailures: config.functionResponseType === 'ReportBatchItemFailures',
  };
}

export interface RateRule {
  functionName: string;
  /** The constant input of the rule. Without it the function gets a scheduled event. */
  input?: unknown;
}

interface ScheduleConfig {
  rate: string | string[];
  enabled?: boolean;
  input?: unknown;
}

/**
 * The enabled `rate(...)` rules. serverless-offline fires them on schedule. The plugin also fires each once at start, because
 * ticks were missed while the machine was off.
 */
export function rateRules(functions: FunctionDefinition[]): RateRule[] {
  return functions.flatMap(({ name, events }) =>
    events
      .filter(({ schedule }) => schedule !== undefined)
      .map(({ schedule }) => (typeof schedule === 'string' ? { rate: schedule } : (schedule as ScheduleConfig)))
      .filter(({ enabled = true, rate }) => enabled && [rate].flat().some((each) => each.startsWith('rate(')))
      .map(({ input }) => ({ functionName: name, ...(input !== undefined && { input }) })),
  );
}

/** The event that EventBridge sends when a rule fires. */
export function scheduledEvent(region: string, time: Date, id: string): unknown {
  return {
    version: '0',
    id,
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: '000000000000',
    time: time.toISOString(),
    region,
    resources: [],
    detail: {},
  };
}
