/** The DynamoDB stream triggers of the functions, read from their `events` in serverless.yml. */

import type { Resolver } from '../../provision/template.ts';
import type { FunctionDefinition } from '../serverless.ts';
import { type Filter, filterOf } from './filter.ts';

export interface StreamTrigger {
  functionName: string;
  tableName: string;
  region: string;
  /** Where a new trigger starts: with the oldest record or with the next one. */
  startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** 1 to 10,000. */
  batchSize: number;
  /** How long an incomplete batch waits for more records; 0 to 300 s. */
  batchingWindowSeconds: number;
  /** Retries of a failed batch. Infinity: as long as the stream has the records. */
  maximumRetryAttempts: number;
  /** Older records are discarded. Infinity: none. */
  maximumRecordAgeSeconds: number;
  /** Split a failed batch in two, to isolate the record that fails. */
  bisectsBatch: boolean;
  /** ReportBatchItemFailures. */
  reportsFailures: boolean;
  filter: Filter;
}

/** The names that osls uses. */
interface StreamEventConfig {
  arn: unknown;
  type?: string;
  batchSize?: number;
  batchWindow?: number;
  startingPosition?: string;
  maximumRetryAttempts?: number;
  maximumRecordAgeInSeconds?: number;
  bisectBatchOnFunctionError?: boolean;
  functionResponseType?: string;
  /** Ignored: locally one batch per shard, which keeps a stricter order. */
  parallelizationFactor?: number;
  filterPatterns?: unknown[];
  enabled?: boolean;
  destinations?: unknown;
  tumblingWindowInSeconds?: number;
  consumer?: unknown;
}

/** @throws Error for a trigger that would behave differently here than on AWS. */
export function streamTriggers(functions: FunctionDefinition[], resolver: Resolver): StreamTrigger[] {
  return functions.flatMap(({ name, events }) =>
    events
      .filter(({ stream }) => stream !== undefined)
      .map(({ stream }) => (typeof stream === 'string' ? { arn: stream } : (stream as StreamEventConfig)))
      .filter(({ enabled = true }) => enabled)
      .map((config) => streamTrigger(name, config, resolver)),
  );
}

function streamTrigger(functionName: string, config: StreamEventConfig, resolver: Resolver): StreamTrigger {
  const unsupported = (what: string) =>
    new Error(`${functionName}: ${what} of stream triggers is not supported locally`);
  const arn = String(resolver.resolve(config.arn));
  const [, , service, region = '', , table = ''] = arn.split(':');
  if ((config.type ?? service) !== 'dynamodb') throw unsupported(`type ${config.type ?? service}`);
  const { startingPosition = 'TRIM_HORIZON' } = config;
  if (startingPosition !== 'TRIM_HORIZON' && startingPosition !== 'LATEST') {
    throw unsupported(`startingPosition ${startingPosition}`);
  }
  if (config.destinations !== undefined) throw unsupported('destinations');
  if (config.consumer !== undefined) throw unsupported('consumer');
  if (config.tumblingWindowInSeconds) throw unsupported('tumblingWindowInSeconds');
  const tableName = table.match(/^table\/([^/]+)\/stream\//)?.[1];
  if (tableName === undefined) throw new Error(`${functionName}: ${arn} is not the ARN of a table's stream`);
  return {
    functionName,
    tableName,
    region,
    startingPosition,
    batchSize: config.batchSize ?? 10, // the default of osls; Lambda's own is 100
    batchingWindowSeconds: config.batchWindow ?? 0,
    maximumRetryAttempts: orInfinity(config.maximumRetryAttempts),
    maximumRecordAgeSeconds: orInfinity(config.maximumRecordAgeInSeconds),
    bisectsBatch: config.bisectBatchOnFunctionError ?? false,
    reportsFailures: config.functionResponseType === 'ReportBatchItemFailures',
    filter: filterOf(config.filterPatterns),
  };
}

/** In Lambda -1 means unlimited. */
const orInfinity = (limit = -1) => (limit < 0 ? Number.POSITIVE_INFINITY : limit);
