import { randomBytes, randomUUID } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { storeKey } from '../../lib/access/create-key.ts';
import { dynamoKeys } from '../../lib/access/dynamo-keys.ts';
import { FIRST_KEY_ID, isAdmin, isLive, newKeyId, SECRET_BYTES, SECRET_HASH, secretOf } from '../../lib/access/key.ts';
import type { KeyStore } from '../../lib/access/ports.ts';
import { newSecretView } from '../../lib/access/view.ts';
import { AppError } from '../../lib/kernel/errors.ts';
import { KEY_SCOPES, type KeyScope } from '../../lib/kernel/principal.ts';
import { awsOfStage } from '../../scripts/aws.ts';
import { Unexpected } from '../../scripts/endpoints.ts';
import { type AddTo, action } from '../action.ts';
import { expiry, scopes } from './options.ts';
import { secretText } from './text.ts';

type Options = {
  readonly stage: string;
  readonly name: string;
  readonly person: string;
  readonly scopes: readonly KeyScope[];
  readonly expires?: string;
  readonly secretSha256?: string;
  readonly force?: boolean;
};

export const bootstrap: AddTo = (keys) => {
  keys
    .command('bootstrap')
    .description('Make the first key of a deployment, with AWS credentials instead of a key.')
    .requiredOption('--stage <stage>', 'the stage of the deployment, such as prod')
    .requiredOption('--person <person>', 'who uses the key, such as an e-mail address')
    .option('--name <name>', 'what the key is for', 'first key')
    .option('--scopes <scopes>', 'separated by commas, or all', scopes, ['admin'])
    .option('--expires <duration|time>', 'such as 90d (default: never)', expiry)
    .option('--secret-sha256 <hash>', 'take over a key of SLUICE_API_KEY_HASHES, or one of: sluice keys generate')
    .option('--force', 'also if the deployment has a key with the scope admin')
    .action(
      action<Options>(async ({ print }, options) => {
        const client = DynamoDBDocumentClient.from(
          new DynamoDBClient({ ...awsOfStage(options.stage), maxAttempts: 5 }),
        );
        try {
          const key = await makeFirstKey(client, options);
          print(key, secretText(key, 'is made'));
        } finally {
          client.destroy();
        }
      }),
    );
};

async function makeFirstKey(client: DynamoDBDocumentClient, options: Options) {
  const { stage, name, person, expires, secretSha256, force = false } = options;
  if (secretSha256 !== undefined && !SECRET_HASH.test(secretSha256)) {
    throw new Unexpected('--secret-sha256 must be 64 hexadecimal digits in lower case.');
  }
  const keys = dynamoKeys(client, `sluice-${stage}-access`, `sluice-${stage}-events`);
  if (!force) await refuseSecondAdmin(keys);
  const deps = {
    ...{ keys, now: Date.now, requestId: () => undefined, principal: () => undefined },
    newSecret: () => secretOf(isLive(stage), randomBytes(SECRET_BYTES)),
  };
  const made = await storeKey(deps, {
    ...{ name, person, limits: {}, secretHash: secretSha256 },
    scopes: KEY_SCOPES.filter((scope) => options.scopes.includes(scope)),
    expiresAt: expires === undefined ? undefined : Date.parse(expires),
    id: force ? newKeyId(Date.now(), randomUUID()) : FIRST_KEY_ID,
  });
  return JSON.parse(JSON.stringify(newSecretView({ now: Date.now }, made)));
}

async function refuseSecondAdmin(keys: KeyStore): Promise<void> {
  const admin = (await keys.all()).find((key) => isAdmin(key, Date.now()));
  if (!admin) return;
  throw new AppError('INVALID_STATE', {
    message: `There is a key with the scope admin: ${admin.id} (${admin.name}, ${admin.person}). Use it, or repeat with --force.`,
  });
}
