/**
 * `npm run plan -- --stage prod --package <folder>`: what the deployment of a package would change, from a change set of each stack that
 * is not executed. Exit code 0; 1 if it would replace or remove something of the data stack; 2 if it cannot be known.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  CloudFormationClient,
  DescribeStackResourceCommand,
  type ResourceChange,
} from '@aws-sdk/client-cloudformation';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { countBy } from 'es-toolkit';
import { run } from '../command.ts';
import { BadInput } from '../endpoints.ts';
import { planStack } from './deploy.ts';
import { fileOf, STACKS, stackName } from './split.ts';

const USAGE = 'npm run plan -- --stage <stage> --package <folder>';

async function main(): Promise<number> {
  const options = { stage: { type: 'string' }, package: { type: 'string' } } as const;
  const { stage, package: folder } = parseArgs({ options }).values;
  if (!(stage && folder)) throw new BadInput(`Usage: ${USAGE}`);
  const [client, s3] = [new CloudFormationClient(), new S3Client({ forcePathStyle: true })];
  const service = `sluice-${stage}`;
  let isLoss = false;
  for (const stack of STACKS) {
    const body = readFileSync(join(folder, fileOf(stack)), 'utf8');
    const name = stackName(service, stack);
    const url = () => upload(client, s3, { service, name, body });
    const changes = await planOf(client, { name, url, stage });
    print(name, changes, body);
    isLoss ||= stack === 'data' && (changes ?? []).some(isLost);
  }
  if (isLoss) console.log('\nData would be replaced or removed: see above.');
  return Number(isLoss);
}

type Wanted = { readonly name: string; readonly url: () => Promise<string | undefined>; readonly stage: string };

async function planOf(client: CloudFormationClient, { name, url, stage }: Wanted) {
  const at = await url();
  return at === undefined ? undefined : planStack(client, { name, url: at, stage });
}

type Upload = { readonly service: string; readonly name: string; readonly body: string };

/** @returns undefined before the first deployment, which makes the bucket */
async function upload(client: CloudFormationClient, s3: S3Client, { service, name, body }: Upload) {
  const Bucket = await bucketOf(client, service);
  if (Bucket === undefined) return undefined;
  const Key = `plans/${name}.json`;
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: body }));
  return `https://s3.${await s3.config.region()}.amazonaws.com/${Bucket}/${Key}`;
}

async function bucketOf(client: CloudFormationClient, StackName: string): Promise<string | undefined> {
  const LogicalResourceId = 'ServerlessDeploymentBucket';
  try {
    const { StackResourceDetail } = await client.send(
      new DescribeStackResourceCommand({ StackName, LogicalResourceId }),
    );
    return StackResourceDetail?.PhysicalResourceId;
  } catch (error) {
    if (/does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** A handle has no data: scripts/stacks/split.ts. */
const isLost = ({ Action, Replacement, ResourceType }: ResourceChange) =>
  ResourceType !== 'AWS::CloudFormation::WaitConditionHandle' && (Action === 'Remove' || Replacement === 'True');

function print(name: string, changes: readonly ResourceChange[] | undefined, body: string): void {
  console.log(`\n## ${name}\n`);
  if (changes === undefined) {
    const { Resources } = JSON.parse(body) as { Resources: object };
    console.log(`new, ${Object.keys(Resources).length} resources`);
    return;
  }
  const counts = Object.entries(countBy(changes, ({ Action = '' }) => Action));
  console.log(counts.map(([action, count]) => `${action} ${count}`).join(', ') || 'nothing changes');
  for (const change of changes) {
    const { Action, LogicalResourceId, ResourceType, Replacement } = change;
    // A new package changes the code of every function.
    if (Action === 'Modify' && ResourceType === 'AWS::Lambda::Function' && Replacement !== 'True') continue;
    const replaced = Replacement && Replacement !== 'False' ? `, replacement: ${Replacement}` : '';
    console.log(`- ${Action} ${LogicalResourceId} (${ResourceType})${replaced}`);
  }
}

await run(main);
