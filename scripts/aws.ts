import type { Endpoints } from './client.ts';

/**
 * What an AWS client needs to reach the AWS of a running service. Emulators take any credentials. Where `endpoints.json`
 * names no endpoint, as one written by hand for a deployed stage does not, region and credentials are the environment's.
 */
export function awsOf({ aws }: Endpoints): object {
  if (!aws) return {};
  const region = process.env.AWS_REGION || 'us-east-1';
  return { endpoint: aws, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}
