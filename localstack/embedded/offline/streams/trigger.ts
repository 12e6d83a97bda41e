/** The DynamoDB stream triggers of the service's functions, read from their `events` in serverless.yml. */

import type { Resolver } from '../../provision/template.ts';
import type { FunctionDefinition } from '../serverless.ts';
import { type Filter, filterOf } from './filter.ts';

export interface StreamTrigger {
  functionName: string;
  tableName: string;
  region: string;
  /** Where a trigger that has never read begins: with the oldest record there is, or with the next one. */
  startingPosition: 'TRIM_HORIZON' | 'LATEST';
  /** 1 to 10,000. */
  batchSize: number;
  /** How long a batch that is not full waits for more records; 0 to 300 s. */
  batchingWindowSeconds: number;
  /** How often a batch that failed is tried again; Infinity for as long as the stream has it. */
  maximumRetryAttempts: number;
  /** Older records are given up; Infinity for none. */
  maximumRecordAgeSeconds: number;
  /** True when a batch that failed is split in two, which finds the record that makes it fail. */
  bisectsBatch: boolean;
  /** True when the function says which record of a batch failed first (ReportBatchItemFailures). */
  reportsFailures: boolean;
  filter: Filter;
}

/** As osls names and checks them. */
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
  /** Batches of one shard at the same time. Here it is one, which keeps more order than is promised and never less. */
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
  const refuse = (what: string) => new Error(`${functionName}: ${what} of stream triggers is not supported locally`);
  const arn = String(resolver.resolve(config.arn));
  const [, , service, region = '', , table = ''] = arn.split(':');
  if ((config.type ?? service) !== 'dynamodb') throw refuse(`type ${config.type ?? service}`);
  const { startingPosition = 'TRIM_HORIZON' } = config;
  if (startingPosition !== 'TRIM_HORIZON' && startingPosition !== 'LATEST') {
    throw refuse(`startingPosition ${startingPosition}`);
  }
  if (config.destinations !== undefined) throw refuse('destinations');
  if (config.consumer !== undefined) throw refuse('consumer');
  if (config.tumblingWindowInSeconds) throw refuse('tumblingWindowInSeconds');
  const tableName = table.match(/^table\/([^/]+)\/stream\//)?.[1];
  if (tableName === undefined) throw new Error(`${functionName}: ${arn} is not the ARN of a table's stream`);
  return {
    functionName,
    tableName,
    region,
    startingPosition,
    batchSize: config.batchSize ?? 10, // what osls deploys; Lambda's own default of 100 never comes to bear
    batchingWindowSeconds: config.batchWindow ?? 0,
    maximumRetryAttempts: orInfinity(config.maximumRetryAttempts),
    maximumRecordAgeSeconds: orInfinity(config.maximumRecordAgeInSeconds),
    bisectsBatch: config.bisectBatchOnFunctionError ?? false,
    reportsFailures: config.functionResponseType === 'ReportBatchItemFailures',
    filter: filterOf(config.filterPatterns),
  };
}

/** Lambda writes "without end" as -1. */
const orInfinity = (limit = -1) => (limit < 0 ? Number.POSITIVE_INFINITY : limit);
