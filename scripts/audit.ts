import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMS } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { bucketOfChain, dynamoChain } from '../lib/audit/dynamo-chain.ts';
import { kmsSigner } from '../lib/audit/kms.ts';
import type { Chain } from '../lib/audit/ports.ts';
import { dynamoAudit } from '../lib/events/dynamo-audit.ts';
import type { AuditLog } from '../lib/events/index.ts';
import { tableOfStage } from './aws.ts';

/** The sealed audit log of a stage, for reading. */
export type SealedLog = {
  readonly log: AuditLog;
  /** Undefined if nothing was sealed yet. */
  readonly chain: () => Promise<Chain | undefined>;
  /** In PEM form. */
  readonly publicKey: () => Promise<string>;
  readonly close: () => void;
};

/** @param auditKey the public key in PEM form; by default the stage's key in KMS */
export function sealedLogOf(client: object, stage: string, auditKey?: string): SealedLog {
  const aws = { ...client, maxAttempts: 10 };
  const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(aws));
  const objects = new S3Client({ ...aws, forcePathStyle: true });
  const table = tableOfStage(stage, 'seals');
  return {
    log: dynamoAudit(dynamo, tableOfStage(stage, 'events')),
    chain: async () => {
      const bucket = await bucketOfChain(dynamo, table);
      return bucket === undefined ? undefined : dynamoChain({ dynamo, objects }, { table, bucket });
    },
    publicKey: async () => auditKey ?? kmsSigner(async () => new KMS(aws), `alias/sluice-${stage}-audit`).publicKey(),
    close: () => {
      dynamo.destroy();
      objects.destroy();
    },
  };
}
