import { type Counts, requestsTo, sum } from './meter.ts';

/** Something that clients pay for: `many` of them made these counts. */
export type Operation = {
  readonly operation: string;
  readonly many: number;
  readonly counts: Counts;
  /** Of Step Functions, in all. */
  readonly transitions?: number;
};

/**
 * US dollars per million, us-east-1, on demand, without free tiers and discounts, as of November 2026. DynamoDB: its price
 * since November 2024, as pages of 2025 state it. The others: the AWS price list as we know it, not looked up again.
 */
export const PRICES = {
  writeUnits: 0.625,
  readUnits: 0.125,
  /** REST API, the first 333 million a month. */
  httpRequests: 3.5,
  invocations: 0.2,
  /** Milliseconds of a function with 1 GB on arm64. */
  lambdaMs: 0.0000133334 * 1_000,
  sqsRequests: 0.4,
  snsRequests: 0.5,
  s3Writes: 5,
  s3Reads: 0.4,
  transitions: 25,
  /** Bytes of log that CloudWatch takes in. */
  logBytes: 0.0005,
};

/** Lambda gives a function one processor at this memory size, and less in proportion (AWS Lambda documentation). */
const MB_PER_PROCESSOR = 1_769;
/** `memorySize` of nearly all functions. */
const FUNCTION_MB = 1_024;
/** How long a function waits for one request to DynamoDB. Assumed, not measured. */
const ASSUMED_WAIT_MS = 5;

/** What one operation uses of each service, in the units that AWS bills. */
export function usageOf({ many, counts, transitions = 0 }: Operation): Record<keyof typeof PRICES, number> {
  const dynamo = requestsTo('dynamo', counts);
  const total = {
    writeUnits: sum(counts.units?.written),
    readUnits: sum(counts.units?.read),
    httpRequests: counts.httpRequests,
    invocations: counts.httpRequests + counts.triggered,
    lambdaMs: (counts.cpuMs * MB_PER_PROCESSOR) / FUNCTION_MB + dynamo * ASSUMED_WAIT_MS,
    sqsRequests: requestsTo('sqs', counts),
    snsRequests: requestsTo('sns', counts),
    s3Writes: requestsTo('s3Writes', counts),
    s3Reads: requestsTo('s3Reads', counts),
    transitions,
    logBytes: counts.logBytes,
  };
  return mapValues(total, (value) => value / many);
}

/** US dollars per million operations. */
export function billOf(operation: Operation): Record<keyof typeof PRICES, number> {
  const usage = usageOf(operation);
  return mapValues(PRICES, (price, of) => price * usage[of]);
}

function mapValues<Key extends string>(of: Record<Key, number>, change: (value: number, key: Key) => number) {
  const entries = Object.entries(of) as [Key, number][];
  return Object.fromEntries(entries.map(([key, value]) => [key, change(value, key)])) as Record<Key, number>;
}

const round = (value: number, digits = 2) => Number(value.toFixed(digits));

export function usageRow(operation: Operation) {
  const { many, counts } = operation;
  const usage = usageOf(operation);
  return {
    operation: operation.operation,
    'item writes': round(counts.itemWrites / many),
    'write units': round(usage.writeUnits),
    'read units': round(usage.readUnits),
    'DynamoDB requests': round(requestsTo('dynamo', counts) / many),
    SQS: round(usage.sqsRequests),
    SNS: round(usage.snsRequests, 3),
    S3: round(usage.s3Writes + usage.s3Reads, 4),
    HTTP: round(usage.httpRequests, 3),
    invocations: round(usage.invocations),
    'CPU ms': round(counts.cpuMs / many),
    'log bytes': round(usage.logBytes, 0),
  };
}

export function billRow(operation: Operation) {
  const bill = billOf(operation);
  const dollars = (...parts: (keyof typeof PRICES)[]) => round(parts.reduce((total, part) => total + bill[part], 0));
  return {
    '$ per million': operation.operation,
    'DynamoDB writes': dollars('writeUnits'),
    reads: dollars('readUnits'),
    'API Gateway': dollars('httpRequests'),
    Lambda: dollars('invocations', 'lambdaMs'),
    'SQS and SNS': dollars('sqsRequests', 'snsRequests'),
    'S3 and Step Functions': dollars('s3Writes', 's3Reads', 'transitions'),
    logs: dollars('logBytes'),
    all: round(sum(bill)),
  };
}

/** By table and index, the largest first. Less than a hundredth of a unit is left out. */
export function unitRows({ operation, many, counts: { units = { written: {}, read: {} } } }: Operation) {
  const places = [...new Set([...Object.keys(units.written), ...Object.keys(units.read)])];
  return places
    .map((place) => ({
      operation,
      'table/index': place.replace(/^sluice-\w+-/, ''),
      'write units': round((units.written[place] ?? 0) / many),
      'read units': round((units.read[place] ?? 0) / many),
    }))
    .filter((row) => row['write units'] + row['read units'] > 0)
    .sort((a, b) => b['write units'] - a['write units']);
}

export const BILL_NOTES = `
units    as DynamoDB counts them: a transactional write costs double in its table and once in each index; per started KB.
         Refused conditions and retries of whole transactions are missing, since DynamoDB reports nothing with an error
requests each try counts; polls of empty queues and the bench's own GETs do not
CPU      of the whole local process, so with the local gateway and pollers: more than on Lambda
$        list prices (scripts/bench/bill.ts); Lambda: the CPU at ${FUNCTION_MB} MB (${FUNCTION_MB} / ${MB_PER_PROCESSOR} of a processor), and ${ASSUMED_WAIT_MS} ms of waiting for
         each request to DynamoDB, which is assumed. Not included: storage, backups, data transfer, alarms, idle polling,
         waiting for rails, the authorizer (cached for 60 s)`;
