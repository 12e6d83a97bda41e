/** The event of a stream trigger, and the function's report of failed records. */

import { createHash } from 'node:crypto';
import type { _Record, AttributeValue } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, AttributeValue as EventValue } from 'aws-lambda';

type Image = Record<string, AttributeValue>;

/**
 * A record in Lambda's format: binary values in Base64, time in seconds since 1970. The emulators number the records of every
 * stream from 1 and report a region of their own. So the event id is derived from stream and number, and the region is that of
 * the service.
 */
export function streamRecord(record: _Record, streamArn: string, region: string): DynamoDBRecord {
  const { eventName, eventVersion, userIdentity, dynamodb = {} } = record;
  const { ApproximateCreationDateTime, Keys, NewImage, OldImage, SequenceNumber, SizeBytes, StreamViewType } = dynamodb;
  const eventSourceARN = streamArn.replace(/^(arn:[^:]*:dynamodb:)[^:]*/, `$1${region}`);
  return {
    eventID: createHash('md5').update(`${streamArn}/${SequenceNumber}`).digest('hex'),
    ...(eventName && { eventName }),
    ...(eventVersion && { eventVersion }),
    eventSource: 'aws:dynamodb',
    awsRegion: region,
    dynamodb: {
      ...(ApproximateCreationDateTime && { ApproximateCreationDateTime: ApproximateCreationDateTime.getTime() / 1000 }),
      ...(Keys && { Keys: encoded(Keys) }),
      ...(NewImage && { NewImage: encoded(NewImage) }),
      ...(OldImage && { OldImage: encoded(OldImage) }),
      ...(SequenceNumber && { SequenceNumber }),
      ...(SizeBytes !== undefined && { SizeBytes }),
      ...(StreamViewType && { StreamViewType }),
    },
    // Present on deletions by time to live.
    ...(userIdentity && { userIdentity: { type: userIdentity.Type, principalId: userIdentity.PrincipalId } }),
    eventSourceARN,
  };
}

function encoded(image: Image): Record<string, EventValue> {
  return Object.fromEntries(Object.entries(image).map(([name, value]) => [name, encodedValue(value)]));
}

function encodedValue(value: AttributeValue): EventValue {
  if (value.B !== undefined) return { B: base64(value.B) };
  if (value.BS !== undefined) return { BS: value.BS.map(base64) };
  if (value.L !== undefined) return { L: value.L.map(encodedValue) };
  if (value.M !== undefined) return { M: encoded(value.M) };
  return value as EventValue;
}

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/**
 * How many records were processed: all before the first one that was reported as failed. Later ones are retried even if they
 * succeeded, to keep the order. As in Lambda, a result without a list of failures means that all succeeded, and a list with an
 * unknown identifier means that all failed.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export function processedCount(records: DynamoDBRecord[], answer: unknown): number {
  const failures = (answer as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  if (failures === undefined || failures === null) return records.length;
  if (!Array.isArray(failures)) return 0;
  const known = new Map(records.map(({ dynamodb }, index) => [dynamodb?.SequenceNumber, index]));
  const failed = failures.map((each: { itemIdentifier?: string } | null) => known.get(each?.itemIdentifier) ?? 0);
  return Math.min(records.length, ...failed);
}
