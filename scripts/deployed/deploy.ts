import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsOf } from '../aws.ts';

const ROOT = join(import.meta.dirname, '../..');
const SERVERLESS = join(ROOT, 'node_modules/serverless/bin/serverless.js');

/** The AWS of an emulator, for this process and its children. */
export const credentialsFor = (endpoint: string) => ({
  AWS_ENDPOINT_URL: endpoint,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
});

/** @returns its standard output. @throws Error with all its output if it fails */
export async function runNode(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  const [printed, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), exited]);
  if (code !== 0) throw new Error(`node ${args.join(' ')} failed:\n${printed}${errors}`);
  return printed;
}

/** What a stage other than `local` needs before it can be packaged. */
const OUTSIDE = {
  SLUICE_BANK_URL: 'https://bank.example',
  SLUICE_GATEWAY_URL: 'https://gateway.example',
  SLUICE_CHAIN_URL: 'https://chain.example',
  BANK_SECRET: 'sluice/prod/bank',
  GATEWAY_SECRET: 'sluice/prod/gateway',
  CHAIN_SECRET: 'none',
};

/** Packages a stage into a folder, with the zips of `artifacts` if they are there already. @param params of the deployment, as `name=value` */
export function packageStage(
  stage: string,
  folder: string,
  artifacts?: string,
  params: readonly string[] = [],
): Promise<string> {
  const env = { ...OUTSIDE, ...(artifacts === undefined ? {} : { SLUICE_ARTIFACTS: artifacts }) };
  return runNode(
    [SERVERLESS, 'package', '--stage', stage, ...params.flatMap((each) => ['--param', each]), '--package', folder],
    env,
  );
}

/** Stores credentials for all rails in Secrets Manager. @returns the name of the secret, and its value for the mock bank */
export async function storeRailSecret(endpoint: string) {
  const Name = 'sluice/local/rails';
  const hmac = { key_id: 'deployed-run', secret: randomBytes(32).toString('base64') };
  const client = new SecretsManagerClient(awsOf({ aws: endpoint }));
  try {
    await client.send(new CreateSecretCommand({ Name, SecretString: JSON.stringify({ hmac }) }));
  } finally {
    client.destroy();
  }
  return { settings: { BANK_SECRET: Name, GATEWAY_SECRET: Name, CHAIN_SECRET: Name }, accepts: [{ hmac }] };
}

/** What is known of a stack that was deployed. */
export type Deployed = {
  /** The URL of the API as emulators serve it. */
  readonly api: string;
  /** The ARN of the KMS key that encrypts data keys. */
  readonly dataKey: string;
};

/** Deploys the stage `local` with the zips of `artifacts`. */
export async function deployLocal(
  endpoint: string,
  artifacts: string,
  env: Readonly<Record<string, string>>,
): Promise<Deployed> {
  const serverless = { ...credentialsFor(endpoint), ...env, SLUICE_ARTIFACTS: artifacts };
  await runNode([SERVERLESS, 'deploy', '--stage', 'local'], serverless);
  const client = new CloudFormationClient(awsOf({ aws: endpoint }));
  try {
    const url = await outputOf(client, 'sluice-local', 'ServiceEndpoint');
    const [, id] = /^https:\/\/(\w+)\./.exec(url) ?? [];
    if (id === undefined) throw new Error(`The stack of ${endpoint} has an API at ${url}.`);
    const dataKey = await outputOf(client, 'sluice-local-data', 'DataKeyArn');
    return { api: `${endpoint}/restapis/${id}/local/_user_request_`, dataKey };
  } finally {
    client.destroy();
  }
}

async function outputOf(client: CloudFormationClient, StackName: string, name: string): Promise<string> {
  const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }));
  const found = stack?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue;
  if (found === undefined) throw new Error(`The stack ${StackName} has no output ${name}.`);
  return found;
}

/** Migrates the data of the deployed stage, and makes its first key. @returns the secret of the key */
export async function firstKey(endpoint: string, { dataKey }: Deployed): Promise<string> {
  const env = { ...credentialsFor(endpoint), KEY_ENCRYPTION_KEY: dataKey };
  await runNode(['scripts/migrate/main.ts', 'up', '--stage', 'local'], env);
  const bootstrap = ['keys', 'bootstrap', '--stage', 'local', '--person', 'local', '--scopes', 'all', '--json'];
  const printed = await runNode(['cli/main.ts', ...bootstrap], env);
  return (JSON.parse(printed) as { secret: string }).secret;
}
