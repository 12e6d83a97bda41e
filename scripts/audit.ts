import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { bucketOfChain, dynamoChain } from '../lib/audit/dynamo-chain.ts';
import { kmsSigner } from '../lib/audit/kms.ts';
import type { Chain } from '../lib/audit/ports.ts';
import { dynamoAudit } from '../lib/events/dynamo-audit.ts';
import type { AuditLog } from '../lib/events/index.ts';
import { awsOf } from './aws.ts';
import type { Endpoints } from './endpoints.ts';

/** The sealed audit log of a stage, for reading. */
export type SealedLog = {
  readonly log: AuditLog;
  /** Undefined if nothing was sealed yet. */
  readonly chain: () => Promise<Chain | undefined>;
  /** In PEM form. */
  readonly publicKey: () => Promise<string>;
  readonly close: () => void;
};

export function sealedLogOf(at: Endpoints, stage: string): SealedLog {
  const aws = { ...awsOf(at), maxAttempts: 10 };
  const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(aws));
  const objects = new S3Client({ ...aws, forcePathStyle: true });
  const table = `sluice-${stage}-seals`;
  return {
    log: dynamoAudit(dynamo, `sluice-${stage}-events`),
    chain: async () => {
      const bucket = await bucketOfChain(dynamo, table);
      return bucket === undefined ? undefined : dynamoChain({ dynamo, objects }, { table, bucket });
    },
    publicKey: async () => at.auditKey ?? kmsSigner(new KMSClient(aws), `alias/sluice-${stage}-audit`).publicKey(),
    close: () => {
      dynamo.destroy();
      objects.destroy();
    },
  };
}
