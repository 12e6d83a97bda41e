import { METER_PATH, type ProcessMeter } from '../../localstack/embedded/offline/meter.ts';
import type { Endpoints } from '../endpoints.ts';

/** What the service has done since it started, or between two readings. */
export type Counts = ProcessMeter;

/** Counted at the SDK in functions and pollers, at the local gateway and in the process. */
export async function meterOf({ api }: Endpoints): Promise<Counts> {
  const answer = await fetch(`${api}${METER_PATH}`);
  return (await answer.json()) as Counts;
}

export function between(before: Counts, after: Counts): Counts {
  return subtract(after, before) as Counts;
}

type Numbers = { readonly [name: string]: number | Numbers };

function subtract(from: Numbers, numbers: Numbers): Numbers {
  return Object.fromEntries(
    Object.entries(from).map(([name, value]) => {
      const other = numbers[name];
      return [name, typeof value === 'number' ? value - Number(other ?? 0) : subtract(value, (other ?? {}) as Numbers)];
    }),
  );
}

export const sum = (counts: Readonly<Record<string, number>> = {}) =>
  Object.values(counts).reduce((total, one) => total + one, 0);

/** Requests by service, without the poller's empty receives. */
export function requestsTo(service: keyof typeof COMMANDS, { requests }: Pick<Counts, 'requests'>): number {
  return sum(Object.fromEntries(Object.entries(requests).filter(([command]) => COMMANDS[service].test(command))));
}

const COMMANDS = {
  dynamo: /Item|^Query|^Scan/,
  dynamoWrites: /(Put|Update|Delete|Write)\w*Item/,
  sqs: /Queue|Message/,
  sns: /^Publish/,
  s3Writes: /^(PutObject|UploadPart|CreateMultipart|CompleteMultipart|CopyObject|ListObjects)/,
  s3Reads: /^(GetObject|HeadObject|SelectObject)/,
};
