/** The messages that S3 sends to queues. */

import type { QueueRule } from './rules.ts';

/** Sent to a queue when it is added to the configuration of a bucket. */
export function testEvent(bucket: string): object {
  const Time = new Date().toISOString();
  return { Service: 'Amazon S3', Event: 's3:TestEvent', Time, Bucket: bucket, RequestId: '', HostId: '' };
}

/**
 * An event in S3's format, without identities, versions and the ETag.
 * @param size in bytes, if known
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

/** Encoded like a form field, with a plus for a space, but with plain slashes. */
function encodedKey(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}
