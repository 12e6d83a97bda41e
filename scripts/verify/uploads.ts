import { HeadObjectCommand, ListBucketsCommand, NotFound, S3Client } from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { approvalKey, approvalOfItem } from '../../lib/access/dynamo-approval-items.ts';
import { type ImportId, kindOf, uploadKey } from '../../lib/imports/import.ts';
import { importKey, importOf } from '../../lib/imports/items.ts';
import type { Batch } from '../../lib/payouts/batch.ts';
import { batchOf } from '../../lib/payouts/dynamo-batch-items.ts';
import type { BatchId } from '../../lib/payouts/ids.ts';
import { batchKey } from '../../lib/payouts/items.ts';
import { batchIdsOf, workOf } from '../../lib/uploads/upload.ts';
import { awsOf } from '../aws.ts';
import { Unexpected } from '../endpoints.ts';
import type { Difference, Item } from './difference.ts';
import { countsOf, type Findings, many, type Scope } from './examination.ts';
import { lastingDifferences } from './looks.ts';
import { differencesInUpload, UPLOADS_CHECKS, type UploadsCheck } from './uploads-checks.ts';

const PARALLEL_UPLOADS = 8;

/** Compares uploads of payouts with their batches, approvals and files. In memory are the headers of their batches. */
export async function examineUploads(scope: Scope): Promise<Findings> {
  const { tables, onProgress } = scope;
  const s3 = new S3Client({ ...awsOf(scope.at), forcePathStyle: true });
  const statuses = new Map<string, string>();
  const named = new Map<string, Set<BatchId>>();
  const add = ({ id, upload }: Batch) => {
    if (upload !== undefined) named.set(upload, (named.get(upload) ?? new Set()).add(id));
  };
  const onUpload = (item: Item) => {
    if (isUpload(item)) statuses.set(importOf(item).id, importOf(item).status);
  };
  try {
    await tables.scan('transactions', { sk: 'IMPORT', onItem: onUpload, onProgress });
    await tables.scan('payouts', { sk: 'BATCH', onItem: (item) => add(batchOf(item)), onProgress });
    const bucket = statuses.size > 0 ? await bucketOfUploads(s3, tables.nameOf('transactions')) : '';
    const examine = async (id: string): Promise<Difference<UploadsCheck>[]> => {
      const item = await tables.get('transactions', importKey(id as ImportId));
      if (!item) return strangers(id, named.get(id) ?? []);
      const one = importOf(item);
      const { approval } = workOf(one);
      const ids = new Set([...batchIdsOf(one, { andNext: true }), ...(named.get(id) ?? [])]);
      const batches = (await tables.getAll('payouts', [...ids].map(batchKey))).map(batchOf);
      const asked = approval && (await tables.get('access', approvalKey(approval.id)));
      const hasFile = item.gsi1pk === undefined && (await exists(s3, bucket, uploadKey(one.id)));
      return differencesInUpload({ one, batches, approval: asked && approvalOfItem(asked), hasFile });
    };
    const differences = await lastingDifferences(async (suspects = new Set([...statuses.keys(), ...named.keys()])) =>
      (await pMap(suspects, examine, { concurrency: PARALLEL_UPLOADS })).flat(),
    );
    const examined = `${many(statuses.size, 'upload')}${countsOf([...statuses.values()])}`;
    return { examined, checks: UPLOADS_CHECKS, differences };
  } finally {
    s3.destroy();
  }
}

const isUpload = ({ pk, sk }: Item) =>
  sk === 'IMPORT' && kindOf(`${pk}`.slice('IMPORT#'.length) as ImportId) === 'payouts';

const strangers = (id: string, batches: Iterable<BatchId>) =>
  [...batches].map((batch) => ({ check: 'batches' as const, id, message: `batch ${batch}: there is no upload ${id}` }));

/** CloudFormation generates its name from the name of the stack. @throws Unexpected */
async function bucketOfUploads(s3: S3Client, table: string): Promise<string> {
  const stage = table.replace(/-transactions.*$/, '');
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}));
  const pattern = new RegExp(`^${stage}-(data-)?filesbucket`); // npm start has one stack
  const found = Buckets.find(({ Name = '' }) => pattern.test(Name))?.Name;
  if (found === undefined) throw new Unexpected(`There is no bucket ${stage}-data-filesbucket.`);
  return found;
}

async function exists(s3: S3Client, bucket: string, key: string): Promise<boolean> {
  try {
    await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
    return true;
  } catch (error) {
    if (error instanceof NotFound || (error as Error).name === 'NotFound') return false;
    throw error;
  }
}
