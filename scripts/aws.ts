import type { Endpoints } from './endpoints.ts';

/**
 * Client settings for the AWS of a running service. Emulators accept any credentials. Without an endpoint, as in an
 * `endpoints.json` for a deployed stage, region and credentials come from the environment.
 */
export function awsOf({ aws }: Endpoints): object {
  if (!aws) return {};
  const region = process.env.AWS_REGION || 'us-east-1';
  return { endpoint: aws, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}
