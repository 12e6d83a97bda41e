import { GetObjectCommand, NoSuchKey, S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { z } from 'zod';
import { parseExact } from '../../lib/kernel/exact-json.ts';
import { awsOf } from '../aws.ts';
import { count, type Endpoints, minorUnits, Unexpected } from '../client.ts';
import { download, isFinished, type Job, type Settlement, SettlementClient } from './client.ts';

const partSchema = z.object({ key: z.string(), chunk: z.string(), rows: count, bytes: count, sha256: z.string() });
const manifestSchema = z.object({
  job_id: z.string(),
  from: z.string(),
  to: z.string(),
  generated_at: z.string(),
  rows: count,
  sums: z.object({ gross_cents: minorUnits, fee_cents: minorUnits, net_cents: minorUnits, txn_count: count }),
  bytes: count,
  sha256: z.string(),
  parts: z.array(partSchema),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type Part = z.infer<typeof partSchema> & {
  /** Nothing if the bucket has no such object. */
  readonly content: Buffer | undefined;
};

/** What a job says that it made, as a customer and as the owner of the bucket can see it. */
export type Evidence = {
  readonly job: Job;
  readonly manifest: Manifest;
  /** The CSV file as it is downloaded. */
  readonly file: Buffer;
  readonly parts: readonly Part[];
  readonly settlements: readonly Settlement[];
};

const PARALLEL_READS = 8;

/** A completed job without its file or its manifest. */
export class NotAsPromised extends Error {}

/** @throws Unexpected if there is no such job or it is not completed; NotAsPromised */
export async function gather(at: Endpoints, id: string): Promise<Evidence> {
  const client = new SettlementClient(at);
  const job = await client.job(id);
  if (job.status !== 'COMPLETED') {
    const hint = isFinished(job) ? 'it has made no file' : 'audit it when it is completed';
    throw new Unexpected(`Job ${id} is ${job.status}: ${hint}.`);
  }
  const [fileLink, manifestLink] = await Promise.all([client.linkTo(id, '.csv'), client.linkTo(id, '.manifest.json')]);
  const [file, manifestText] = await Promise.all([download(fileLink), download(manifestLink)]);
  if (!file) throw new NotAsPromised(`Job ${id} is completed, but its file is gone.`);
  if (!manifestText) throw new NotAsPromised(`Job ${id} is completed, but its manifest is gone.`);
  const manifest = readManifest(manifestText.toString());
  return {
    job,
    manifest,
    file,
    parts: await readParts(at, bucketOf(fileLink), manifest),
    settlements: await client.settlements(job.from, job.to),
  };
}

function readManifest(text: string): Manifest {
  try {
    return manifestSchema.parse(parseExact(text));
  } catch {
    throw new NotAsPromised(`This is no manifest: ${text.slice(0, 200)}`);
  }
}

/** The bucket stands first in the path of the links that the service gives out (lib/aws/clients.ts). */
export function bucketOf(link: string): string {
  return decodeURIComponent(new URL(link).pathname.split('/')[1] ?? '');
}

async function readParts(at: Endpoints, bucket: string, { parts }: Manifest): Promise<Part[]> {
  const client = new S3Client({ ...awsOf(at), forcePathStyle: true });
  try {
    return await pMap(parts, async (part) => ({ ...part, content: await readObject(client, bucket, part.key) }), {
      concurrency: PARALLEL_READS,
    });
  } finally {
    client.destroy();
  }
}

async function readObject(client: S3Client, bucket: string, key: string): Promise<Buffer | undefined> {
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  } catch (error) {
    if (error instanceof NoSuchKey) return undefined;
    throw error;
  }
}
