import { type Endpoints, endpointsOf } from './endpoints.ts';

/**
 * Client settings for the AWS of a running service. Emulators accept any credentials. Without an endpoint, as in an
 * `endpoints.json` for a deployed stage, region and credentials come from the environment.
 */
export function awsOf({ aws }: Pick<Endpoints, 'aws'>): object {
  if (!aws) return {};
  const region = process.env.AWS_REGION || 'us-east-1';
  return { endpoint: aws, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

/** Of the service in the data directory; with AWS_ENDPOINT_URL or another stage than `local`, the AWS of the environment. */
export function awsOfStage(stage: string): object {
  return stage !== 'local' || process.env.AWS_ENDPOINT_URL ? {} : awsOf(endpointsOf());
}

/** The name of a table: `sluice-prod-payouts`, or that of the restored one that the stage uses (docs/runbook.md). */
export const tableOfStage = (stage: string, table: string): string =>
  `sluice-${stage}-${table}${process.env.SLUICE_RESTORED_TABLES ?? ''}`;
