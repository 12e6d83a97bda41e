/** S3 buckets from AWS::S3::Bucket. */

import {
  type CORSRule,
  CreateBucketCommand,
  DeleteBucketCorsCommand,
  GetBucketCorsCommand,
  GetBucketNotificationConfigurationCommand,
  HeadBucketCommand,
  type NotificationConfiguration,
  PutBucketCorsCommand,
  PutBucketNotificationConfigurationCommand,
  type QueueConfiguration,
  S3Client,
} from '@aws-sdk/client-s3';
import { isEqual, sortBy } from 'es-toolkit';
import type { Outcome } from './report.ts';

/**
 * Creates the bucket if it does not exist, and sets its notifications and its CORS rules. Queues of the notifications must
 * exist. Policies, encryption and lifecycle rules have no effect locally.
 */
export async function provisionBucket(
  client: S3Client,
  name: string,
  properties: Record<string, unknown> = {},
): Promise<Outcome> {
  const exists = await client.send(new HeadBucketCommand({ Bucket: name })).then(
    () => true,
    () => false,
  );
  if (!exists) await client.send(new CreateBucketCommand({ Bucket: name }));
  const changes = await Promise.all([
    provisionNotifications(client, name, properties.NotificationConfiguration),
    provisionCors(client, name, properties.CorsConfiguration),
  ]);
  if (!exists) return 'created';
  return changes.includes(true) ? 'updated' : 'kept';
}

/** CloudFormation's names, which differ from the names of the API. */
interface Declared {
  QueueConfigurations?: {
    Event: string;
    Queue: string;
    Filter?: { S3Key: { Rules: { Name: string; Value: string }[] } };
  }[];
  [destination: string]: unknown;
}

async function provisionNotifications(client: S3Client, bucket: string, declared: unknown): Promise<boolean> {
  const { QueueConfigurations = [], ...others } = (declared ?? {}) as Declared;
  const [other] = Object.keys(others);
  if (other !== undefined) throw new Error(`NotificationConfiguration.${other}: only queues are supported here`);
  const wanted = QueueConfigurations.map(({ Event, Queue, Filter }) => ({
    QueueArn: Queue,
    Events: [Event],
    ...(Filter === undefined ? {} : { Filter: { Key: { FilterRules: Filter.S3Key.Rules } } }),
  })) as QueueConfiguration[];
  const current = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket: bucket }));
  if (isEqual(comparable(current.QueueConfigurations), comparable(wanted))) return false;
  const NotificationConfiguration: NotificationConfiguration = { QueueConfigurations: wanted };
  await client.send(new PutBucketNotificationConfigurationCommand({ Bucket: bucket, NotificationConfiguration }));
  return true;
}

async function provisionCors(client: S3Client, bucket: string, declared: unknown): Promise<boolean> {
  const { CorsRules = [] } = (declared ?? {}) as { CorsRules?: (CORSRule & { MaxAge?: number })[] };
  const wanted = CorsRules.map(({ MaxAge, ...rule }) => ({ ...rule, MaxAgeSeconds: MaxAge }));
  const current = await client.send(new GetBucketCorsCommand({ Bucket: bucket })).catch((error: Error) => {
    if (error.name === 'NoSuchCORSConfiguration') return { CORSRules: [] };
    throw error;
  });
  if (isEqual(current.CORSRules, wanted)) return false;
  const CORSConfiguration = { CORSRules: wanted };
  if (wanted.length === 0) await client.send(new DeleteBucketCorsCommand({ Bucket: bucket }));
  else await client.send(new PutBucketCorsCommand({ Bucket: bucket, CORSConfiguration }));
  return true;
}

/** Servers add ids and change the case of filter names. */
function comparable(configurations: QueueConfiguration[] = []): unknown[] {
  return configurations.map(({ QueueArn, Events = [], Filter }) => ({
    QueueArn,
    Events: Events.toSorted(),
    filters: sortBy(Filter?.Key?.FilterRules ?? [], ['Name']).map(({ Name, Value }) => [Name?.toLowerCase(), Value]),
  }));
}

export { S3Client };
