/**
 * Uploads the built console to its bucket. The page comes last: it names files that must be there.
 *
 *     npm run console:upload -- --bucket NAME     the output ConsoleBucketName of the stack
 *
 * Region and credentials come from the environment. Files of earlier builds stay, for browsers that have their page open.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { run } from '../command.ts';
import { Unexpected } from '../endpoints.ts';
import { BUILT, cacheControlOf, PAGE, typeOf } from './files.ts';

function builtFiles(): string[] {
  try {
    const entries = readdirSync(BUILT, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const files = entries.map(({ parentPath, name }) => join(parentPath, name).slice(BUILT.length + 1));
    return [...files.filter((file) => file !== PAGE), PAGE];
  } catch {
    throw new Unexpected('The console is not built. Run: npm run build:console');
  }
}

await run(async () => {
  const { bucket } = parseArgs({ options: { bucket: { type: 'string' } } }).values;
  if (!bucket)
    throw new Unexpected('Say which bucket: --bucket NAME. It is the output ConsoleBucketName of the stack.');
  const s3 = new S3Client({ forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL) });
  const files = builtFiles();
  for (const file of files) {
    await s3.send(
      new PutObjectCommand({
        Bucket: bucket,
        Key: `console/${file}`,
        Body: readFileSync(join(BUILT, file)),
        ContentType: typeOf(file),
        CacheControl: cacheControlOf(file),
      }),
    );
  }
  console.log(`Uploaded ${files.length} files to ${bucket}.`);
});
