/** The messages that S3 sends to queues. */

import type { QueueRule } from './rules.ts';

/** What a queue gets when a bucket is told of it. */
export function testEvent(bucket: string): object {
  const Time = new Date().toISOString();
  return { Service: 'Amazon S3', Event: 's3:TestEvent', Time, Bucket: bucket, RequestId: '', HostId: '' };
}

/**
 * One event, as S3 writes it; without what only S3 itself knows (identities, versions, the ETag).
 * @param size in bytes, where it is known
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export function objectCreated({
  rule,
  bucket,
  key,
  event,
  size,
}: {
  rule: QueueRule;
  bucket: string;
  key: string;
  event: string;
  size: number | undefined;
}): object {
  const now = new Date();
  return {
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: rule.queueArn.split(':')[3],
        eventTime: now.toISOString(),
        eventName: event,
        s3: {
          s3SchemaVersion: '1.0',
          configurationId: rule.id,
          bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
          object: {
            key: encodedKey(key),
            ...(size === undefined ? {} : { size }),
            sequencer: now.getTime().toString(16).toUpperCase().padStart(16, '0'),
          },
        },
      },
    ],
  };
}

/** Like a form field: a space is a plus. Slashes stay. */
function encodedKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}
