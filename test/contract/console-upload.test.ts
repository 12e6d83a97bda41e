import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CreateBucketCommand, GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, it } from 'vitest';
import { clientsOf, givenAStack } from './embedded-stack.ts';

const SCRIPT = join(import.meta.dirname, '../../scripts/console/upload.ts');
const run = promisify(execFile);

it('console:upload stores the page and the files that it names, with their types', async () => {
  const { endpoint } = await givenAStack();
  const { s3 } = clientsOf(endpoint);
  await s3.send(new CreateBucketCommand({ Bucket: 'console' }));
  const env = { ...process.env, AWS_ENDPOINT_URL: endpoint, AWS_REGION: 'us-east-1' };
  const credentials = { AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  const { stdout } = await run(process.execPath, [SCRIPT, '--bucket', 'console'], { env: { ...env, ...credentials } });

  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'console' }));
  const keys = Contents.map(({ Key }) => Key);
  expect(stdout).toBe(`Uploaded ${keys.length} files to console.\n`);
  const page = await s3.send(new GetObjectCommand({ Bucket: 'console', Key: 'console/index.html' }));
  expect([page.ContentType, page.CacheControl]).toEqual(['text/html; charset=utf-8', 'no-cache']);
  const named = [...`${await page.Body?.transformToString()}`.matchAll(/\/(console\/assets\/[\w.-]+)"/g)].map(
    ([, key]) => key,
  );
  expect(named.length).toBeGreaterThan(1);
  expect(keys).toEqual(expect.arrayContaining(named));
  const script = await s3.send(
    new GetObjectCommand({ Bucket: 'console', Key: named.find((key) => key?.endsWith('.js')) }),
  );
  expect([script.ContentType, script.CacheControl]).toEqual([
    'text/javascript; charset=utf-8',
    'public, max-age=31536000, immutable',
  ]);
});
