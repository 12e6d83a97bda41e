/** Which AWS service a request is for. */

import type { IncomingMessage } from 'node:http';

export type AwsService = 'dynamodb' | 'sqs' | 'sns' | 's3' | 'sts' | 'states' | 'lambda';

const SIGNING_NAMES: Record<string, AwsService> = {
  dynamodb: 'dynamodb',
  sqs: 'sqs',
  sns: 'sns',
  s3: 's3',
  sts: 'sts',
  states: 'states',
  lambda: 'lambda',
};

const TARGET_PREFIXES: [string, AwsService][] = [
  ['DynamoDB', 'dynamodb'], // DynamoDB_20120810 and DynamoDBStreams_20120810
  ['AmazonSQS.', 'sqs'],
  ['AWSStepFunctions.', 'states'],
];

/**
 * Finds the service in the credential scope of the SigV4 signature, in the Authorization header or in a presigned URL, as
 * LocalStack does. Unsigned requests: by target header, Lambda's path or a form body; any other is for S3.
 * @returns `unknown` with the signing name if this stack does not have the service.
 */
export function serviceOf(request: IncomingMessage): AwsService | { unknown: string } {
  const signed = signingName(request.headers.authorization) ?? presignedName(request.url ?? '/');
  if (signed !== undefined) return SIGNING_NAMES[signed] ?? { unknown: signed };
  const target = String(request.headers['x-amz-target'] ?? '');
  const byTarget = TARGET_PREFIXES.find(([prefix]) => target.startsWith(prefix));
  if (byTarget !== undefined) return byTarget[1];
  if (request.url?.startsWith('/2015-03-31/functions')) return 'lambda';
  if (request.headers['content-type']?.includes('x-www-form-urlencoded')) return 'sns';
  return 's3';
}

function signingName(authorization: string | undefined): string | undefined {
  return authorization?.match(/Credential=[^/]*\/\d{8}\/[^/]*\/([^/]+)\/aws4_request/)?.[1];
}

function presignedName(url: string): string | undefined {
  const query = url.indexOf('?');
  if (query < 0 || !url.includes('X-Amz-Credential', query)) return undefined;
  const scope = new URLSearchParams(url.slice(query)).get('X-Amz-Credential');
  return scope?.split('/').at(-2);
}
