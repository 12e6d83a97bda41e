import { join, resolve } from 'node:path';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Secrets } from '../lib/crypto/index.ts';
import { secrets } from '../lib/dependencies/crypto.ts';
import { tableOfStage } from './aws.ts';
import { Unexpected } from './endpoints.ts';

/**
 * The encryption of a stage. On this machine the key is a file in the data directory; elsewhere KEY_ENCRYPTION_KEY names it.
 * @throws Unexpected without a key
 */
export function secretsOfStage(
  dynamo: DynamoDBDocumentClient,
  stage: string,
  dataDir = process.env.SLUICE_DATA_DIR || '.sluice',
): Secrets {
  const local = stage === 'local' ? `file:${resolve(join(dataDir, 'key-encryption-key'))}` : undefined;
  const KEY_ENCRYPTION_KEY = process.env.KEY_ENCRYPTION_KEY || local;
  if (!KEY_ENCRYPTION_KEY) {
    throw new Unexpected(`Set KEY_ENCRYPTION_KEY to DataKeyArn, an output of the stack sluice-${stage}-data.`);
  }
  return secrets({ SYSTEM_TABLE: tableOfStage(stage, 'system'), KEY_ENCRYPTION_KEY }, { dynamo });
}
