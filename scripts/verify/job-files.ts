import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import type { Checkpoint } from '../../lib/settlement/chunk.ts';
import { awsOf } from '../aws.ts';
import { clientOf, type Endpoints } from '../endpoints.ts';
import { bucketOf, download } from '../settlement/links.ts';

/** The objects of a completed job; undefined where the bucket has none. */
export type JobFiles = {
  /** The CSV file as a client downloads it. */
  readonly file: Buffer | undefined;
  readonly manifest: string | undefined;
  /** By key. */
  readonly parts: ReadonlyMap<string, Buffer>;
};

const PARALLEL_READS = 8;

export async function readJobFiles(at: Endpoints, id: string, checkpoints: readonly Checkpoint[]): Promise<JobFiles> {
  const { downloads } = clientOf(at);
  const fileLink = await downloads.link(`${id}.csv`);
  const file = await download(fileLink);
  const manifest = await download(await downloads.link(`${id}.manifest.json`));
  const s3 = new S3Client({ ...awsOf(at), forcePathStyle: true });
  try {
    const keys = checkpoints.flatMap(({ part }) => part.key ?? []);
    const read = async (key: string) => [key, await readObject(s3, bucketOf(fileLink), key)] as const;
    const parts = await pMap(keys, read, { concurrency: PARALLEL_READS });
    return { file, manifest: manifest?.toString(), parts: new Map(parts.filter(isPresent)) };
  } finally {
    s3.destroy();
  }
}

const isPresent = (part: readonly [string, Buffer | undefined]): part is readonly [string, Buffer] =>
  part[1] !== undefined;

async function readObject(s3: S3Client, bucket: string, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
