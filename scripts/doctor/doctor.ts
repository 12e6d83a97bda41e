import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetAccountSettingsCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { awsOfStage, tableOfStage } from '../aws.ts';
import { MigrationRecord, type Recorded } from '../migrate/record.ts';
import { Refused } from '../migrate/refused.ts';
import { type Check, checkConcurrency, checkDataVersion, checkDomain, checkSettings } from './checks.ts';
import { checkSecret, NO_SUCH_SECRET, namesOfSecrets } from './secrets.ts';
import { type Parameters, workersOf } from './workers.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** What a deployment of the stage needs, before it is deployed. Reads only. */
export async function examine(stage: string, parameters: Parameters, env: Environment): Promise<Check[]> {
  const aws = { ...awsOfStage(stage), maxAttempts: 2 };
  const [ofAccount, ofData, ofSecrets] = await Promise.all([
    orUnknown('concurrency', () => ofLambda(aws, parameters, env)),
    orUnknown('data version', async () => [checkDataVersion(await recordedVersion(aws, stage))]),
    Promise.all(namesOfSecrets(env).map(([setting, name]) => orUnknown(setting, () => ofSecret(aws, setting, name)))),
  ]);
  return [...checkSettings(stage, env), checkDomain(parameters), ...ofSecrets.flat(), ...ofAccount, ...ofData];
}

async function orUnknown(name: string, ask: () => Promise<Check[]>): Promise<Check[]> {
  try {
    return await ask();
  } catch (error) {
    const { name: kind, message } = error as Error;
    return [{ name, verdict: 'unknown', finding: `AWS did not answer: ${message || kind}` }];
  }
}

async function ofLambda(aws: object, parameters: Parameters, env: Environment): Promise<Check[]> {
  const lambda = new LambdaClient(aws);
  try {
    const { AccountLimit = {} } = await lambda.send(new GetAccountSettingsCommand({}));
    return checkConcurrency(AccountLimit, workersOf(parameters, env), parameters);
  } finally {
    lambda.destroy();
  }
}

async function ofSecret(aws: object, setting: string, name: string): Promise<Check[]> {
  const client = new SecretsManagerClient(aws);
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    return [checkSecret(setting, name, SecretString, Date.now())];
  } catch (error) {
    if ((error as Error).name === NO_SUCH_SECRET) return [checkSecret(setting, name, undefined, Date.now())];
    throw error;
  } finally {
    client.destroy();
  }
}

/** @returns undefined without tables */
async function recordedVersion(aws: object, stage: string): Promise<Recorded | undefined> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(aws));
  try {
    return await new MigrationRecord(client, tableOfStage(stage, 'system'), Date.now).read();
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  } finally {
    client.destroy();
  }
}
