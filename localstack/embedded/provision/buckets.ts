/** S3 buckets from AWS::S3::Bucket. */

import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  HeadBucketCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  type QueueConfiguration,
  S3Client,
} from '@aws-sdk/client-s3';
import { isEqual, sortBy } from 'es-toolkit';
import type { Outcome } from './report.ts';

/**
 * Creates the bucket if it does not exist, and sets its notifications. Their queues must exist. Policies, encryption and
 * lifecycle rules have no effect locally.
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
  const isChanged = await provisionNotifications(client, name, properties.NotificationConfiguration);
  if (!exists) return 'created';
  return isChanged ? 'updated' : 'kept';
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

/** Servers add ids and change the case of filter names. */
function comparable(configurations: QueueConfiguration[] = []): unknown[] {
  return configurations.map(({ QueueArn, Events = [], Filter }) => ({
    QueueArn,
    Events: Events.toSorted(),
    filters: sortBy(Filter?.Key?.FilterRules ?? [], ['Name']).map(({ Name, Value }) => [Name?.toLowerCase(), Value]),
  }));
}

export { S3Client };
