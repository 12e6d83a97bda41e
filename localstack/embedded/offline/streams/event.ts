/** The event a stream trigger hands to a function, and what the function's answer says about its records. */

import { createHash } from 'node:crypto';
import type { _Record, AttributeValue } from '@aws-sdk/client-dynamodb-streams';
import type { DynamoDBRecord, AttributeValue as EventValue } from 'aws-lambda';

type Image = Record<string, AttributeValue>;

/**
 * A record as Lambda passes it on. Binary values become Base64, the time seconds since 1970. The stand-ins number
 * records from 1 in every stream and call their region what they like, so the id, which functions may tell records apart
 * by, follows from the stream and the number, and the region is that of the service.
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
    // What DynamoDB's time to live deleted says so.
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
 * How many records of a batch, from its beginning, were dealt with: all up to the lowest sequence number that was
 * reported as failed. Those after it are tried again even if they succeeded, for the sake of order.
 *
 * As Lambda decides it: an answer without a list of failures is a success of all; a list with an entry that names no
 * record of this batch is a failure of all.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 */
export function dealtWith(records: DynamoDBRecord[], answer: unknown): number {
  const failures = (answer as { batchItemFailures?: unknown } | null | undefined)?.batchItemFailures;
  if (failures === undefined || failures === null) return records.length;
  if (!Array.isArray(failures)) return 0;
  const known = new Map(records.map(({ dynamodb }, index) => [dynamodb?.SequenceNumber, index]));
  const places = failures.map((each: { itemIdentifier?: string } | null) => known.get(each?.itemIdentifier) ?? 0);
  return Math.min(records.length, ...places);
}
