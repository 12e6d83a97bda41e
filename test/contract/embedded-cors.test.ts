import { CreateBucketCommand, GetBucketCorsCommand, PutBucketCorsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { describe, expect, it } from 'vitest';
import { provision } from '../../localstack/embedded/provision/provision.ts';
import { clientsOf, givenADirectory, givenAStack } from './embedded-stack.ts';

const RULE = {
  AllowedHeaders: ['content-type'],
  AllowedMethods: ['PUT'],
  AllowedOrigins: ['http://127.0.0.1:*', 'https://console.example'],
  MaxAgeSeconds: 600,
};
const PAGE = 'http://127.0.0.1:3000';

async function givenABucket(dataDir: string) {
  const stack = await givenAStack({ dataDir });
  const { s3 } = clientsOf(stack.endpoint);
  const link = () => getSignedUrl(s3, new PutObjectCommand({ Bucket: 'files', Key: 'imports/upl_1/upload' }));
  return { s3, stack, link };
}

/** As a browser asks before it sends a file. */
async function preflight(link: string, origin: string, method = 'PUT', headers = 'content-type') {
  const answer = await fetch(link, {
    method: 'OPTIONS',
    headers: {
      ...{ origin, 'access-control-request-method': method },
      ...(headers === '' ? {} : { 'access-control-request-headers': headers }),
    },
  });
  return { status: answer.status, origin: answer.headers.get('access-control-allow-origin'), answer };
}

describe('CORS of a bucket', () => {
  it('answers preflight requests by its rules, and names the origin in the answer to the upload', async () => {
    const { s3, link } = await givenABucket(await givenADirectory());
    await s3.send(new CreateBucketCommand({ Bucket: 'files' }));
    const url = await link();
    expect((await preflight(url, PAGE)).status).toBe(403);
    await s3.send(new PutBucketCorsCommand({ Bucket: 'files', CORSConfiguration: { CORSRules: [RULE] } }));

    const { answer, ...allowed } = await preflight(url, PAGE);
    expect(allowed).toEqual({ status: 200, origin: PAGE });
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '600',
    });
    expect((await preflight(url, PAGE, 'PUT', '')).status).toBe(200);
    for (const refused of [
      preflight(url, 'https://evil.example'),
      preflight(url, 'https://console.example.evil.example'),
      preflight(url, PAGE, 'GET'),
      preflight(url, PAGE, 'PUT', 'content-type, x-amz-acl'),
    ]) {
      expect(await refused).toMatchObject({ status: 403, origin: null });
    }
    const put = await fetch(url, { method: 'PUT', headers: { origin: PAGE }, body: 'a,b\n' });
    expect([put.status, put.headers.get('access-control-allow-origin')]).toEqual([200, PAGE]);
  });

  it('keeps its rules after a restart', async () => {
    const dataDir = await givenADirectory();
    const first = await givenABucket(dataDir);
    await first.s3.send(new CreateBucketCommand({ Bucket: 'files' }));
    await first.s3.send(new PutBucketCorsCommand({ Bucket: 'files', CORSConfiguration: { CORSRules: [RULE] } }));
    await first.stack.stop();
    const { s3, link } = await givenABucket(dataDir);
    expect((await s3.send(new GetBucketCorsCommand({ Bucket: 'files' }))).CORSRules).toEqual([RULE]);
    expect((await preflight(await link(), 'https://console.example')).status).toBe(200);
  });

  it('follows the template, also when the rules are removed', async () => {
    const { s3, stack } = await givenABucket(await givenADirectory());
    const { MaxAgeSeconds: MaxAge, ...rule } = RULE;
    const provisioned = async (CorsConfiguration: object) => {
      const Files = {
        Type: 'AWS::S3::Bucket',
        Properties: { BucketName: 'files', CorsConfiguration },
      };
      const location = { region: 'us-east-1', accountId: '000000000000', stackName: 'test', endpoint: stack.endpoint };
      const { created, updated, kept } = await provision({ Resources: { Files } }, location);
      return { created, updated, kept };
    };
    const declared = { CorsRules: [{ ...rule, MaxAge }] };
    expect((await provisioned(declared)).created).toEqual(['files']);
    expect((await s3.send(new GetBucketCorsCommand({ Bucket: 'files' }))).CORSRules).toEqual([RULE]);
    expect((await provisioned(declared)).kept).toEqual(['files']);
    expect((await provisioned({ Ref: 'AWS::NoValue' })).updated).toEqual(['files']);
    await expect(s3.send(new GetBucketCorsCommand({ Bucket: 'files' }))).rejects.toThrow('There is none.');
  });
});
