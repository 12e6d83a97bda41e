import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const ROOT = join(import.meta.dirname, '../..');

/**
 * Lambda stops a function that the same chain of requests has invoked about 16 times, unless it is configured with
 * `RecursiveLoop: Allow`. The chain goes on through SQS, SNS and S3, and ends at a stream of DynamoDB.
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
 */
const MOST_INVOCATIONS = 16;

/** How often the chain of requests that leads to a message has invoked each function: the `Lineage` of the trace header. */
export type Lineage = ReadonlyMap<string, number>;
export const NO_LINEAGE: Lineage = new Map();

/** Of an invocation with several messages: the longest chain of each function. */
export function longestOf(lineages: readonly Lineage[]): Lineage {
  const longest = new Map<string, number>();
  for (const [name, times] of lineages.flatMap((each) => [...each])) {
    longest.set(name, Math.max(times, longest.get(name) ?? 0));
  }
  return longest;
}

export function invoked(name: string, before: Lineage): Lineage {
  return new Map([...before, [name, (before.get(name) ?? 0) + 1]]);
}

type Functions = Record<string, { recursiveLoop?: string; events?: { sqs?: { arn: { 'Fn::GetAtt': [string] } } }[] }>;

/** The queues, by their names here, whose consumers may feed them for ever: as functions/<domain>/functions.yml say. */
const MAY_LOOP = new Set(
  globSync('functions/*/functions.yml', { cwd: ROOT })
    .flatMap((file) => Object.values(parse(readFileSync(join(ROOT, file), 'utf8')) as Functions))
    .filter(({ recursiveLoop }) => recursiveLoop === 'Allow')
    .flatMap(({ events = [] }) => events.flatMap(({ sqs }) => sqs?.arn['Fn::GetAtt'][0] ?? []))
    .map((queueId) => queueId.replace(/Queue$/, '').toLowerCase()),
);

/** Whether Lambda does not invoke the consumer of this queue any more. */
export function isStopped(queue: string, lineage: Lineage): boolean {
  return !MAY_LOOP.has(queue) && (lineage.get(queue) ?? 0) >= MOST_INVOCATIONS;
}
