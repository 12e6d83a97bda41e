/** S3 buckets from AWS::S3::Bucket. */

import { CreateBucketCommand, HeadBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { Outcome } from './report.ts';

/** Creates the bucket when it is not there; policies, encryption and lifecycle rules have no effect locally. */
export async function provisionBucket(client: S3Client, name: string): Promise<Outcome> {
  const exists = await client.send(new HeadBucketCommand({ Bucket: name })).then(
    () => true,
    () => false,
  );
  if (exists) return 'kept';
  await client.send(new CreateBucketCommand({ Bucket: name }));
  return 'created';
}

export { S3Client };
