import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CloudWatchLogsClient,
  FilterLogEventsCommand,
  paginateDescribeLogGroups,
} from '@aws-sdk/client-cloudwatch-logs';
import { awsOf } from '../../scripts/aws.ts';
import type { Service } from './service.ts';
import { isStarted } from './where.ts';

/** Of an answer of CloudWatch Logs. MiniStack never says that there are more. */
const MOST_EVENTS = 10_000;

/**
 * What the functions have logged, one JSON object a line: `npm start` writes it to a file, and Lambda to CloudWatch Logs.
 * @param since of a deployed service, the first of them; milliseconds
 */
export async function serviceLog(service: Service, since: number): Promise<string> {
  if (isStarted(service)) return readFileSync(join(service.dataDir, 'logs/service.log'), 'utf8');
  const client = new CloudWatchLogsClient(awsOf(service.endpoints));
  const lines: string[] = [];
  try {
    for await (const { logGroups = [] } of paginateDescribeLogGroups(
      { client },
      { logGroupNamePrefix: '/aws/lambda/' },
    ))
      for (const { logGroupName } of logGroups) {
        const { events = [] } = await client.send(new FilterLogEventsCommand({ logGroupName, startTime: since }));
        if (events.length === MOST_EVENTS) throw new Error(`${logGroupName} has more lines than one answer.`);
        lines.push(...events.map(({ message = '' }) => message));
      }
  } finally {
    client.destroy();
  }
  return lines.join('\n');
}

/** Without metrics, which have a format of their own. */
export async function logLinesOf(service: Service, since: number): Promise<Record<string, unknown>[]> {
  const text = await serviceLog(service, since);
  return text
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((line) => !('_aws' in line));
}
