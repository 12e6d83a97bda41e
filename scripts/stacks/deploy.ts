import {
  type CloudFormationClient,
  CreateChangeSetCommand,
  DeleteChangeSetCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  ExecuteChangeSetCommand,
  GetTemplateCommand,
  paginateDescribeChangeSet,
  paginateDescribeStackEvents,
  type ResourceChange,
  type Stack,
  UpdateTerminationProtectionCommand,
  waitUntilChangeSetCreateComplete,
  waitUntilStackCreateComplete,
  waitUntilStackDeleteComplete,
  waitUntilStackUpdateComplete,
} from '@aws-sdk/client-cloudformation';
import type { Template } from './template.ts';

const WAIT = { maxWaitTime: 3_600, minDelay: 1, maxDelay: 10 };

export type Deployment = {
  readonly name: string;
  /** The template, in a bucket. */
  readonly url: string;
  readonly stage: string;
  /** The stack cannot be deleted before this is turned off. */
  readonly isProtected?: boolean;
};

async function describe(client: CloudFormationClient, StackName: string): Promise<Stack | undefined> {
  try {
    return (await client.send(new DescribeStacksCommand({ StackName }))).Stacks?.[0];
  } catch (error) {
    if (/does not exist/.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** @returns undefined if there is no such stack */
export async function deployedTemplate(client: CloudFormationClient, name: string): Promise<Template | undefined> {
  const stack = await describe(client, name);
  if (isNewStack(stack)) return undefined;
  const { TemplateBody = '' } = await client.send(new GetTemplateCommand({ StackName: name }));
  return JSON.parse(TemplateBody) as Template;
}

/**
 * Creates or updates a stack with a change set. Resources with a name that exist and are in no stack are imported, such as tables that
 * stayed when their stack was deleted. A run that died leaves a change set that the next one ignores.
 * @returns whether there was something to change @throws Error with the reason of the resource that failed
 */
export async function deployStack(client: CloudFormationClient, deployment: Deployment): Promise<boolean> {
  const { name: StackName, isProtected } = deployment;
  const before = await describe(client, StackName);
  const changeSet = await prepare(client, deployment, before);
  if (changeSet) await execute(client, changeSet);
  if (isProtected !== undefined && before?.EnableTerminationProtection !== isProtected) {
    const EnableTerminationProtection = isProtected;
    await client.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection }));
  }
  return changeSet !== undefined;
}

/** What a deployment would change; undefined if there is no such stack yet. It changes nothing. @throws Error if it cannot be deployed */
export async function planStack(
  client: CloudFormationClient,
  deployment: Deployment,
): Promise<readonly ResourceChange[] | undefined> {
  const before = await describe(client, deployment.name);
  if (isNewStack(before)) return undefined;
  const changeSet = await prepare(client, deployment, before);
  if (!changeSet) return [];
  const changes: ResourceChange[] = [];
  for await (const { Changes = [] } of paginateDescribeChangeSet({ client }, changeSet)) {
    changes.push(...Changes.flatMap(({ ResourceChange: change }) => change ?? []));
  }
  await client.send(new DeleteChangeSetCommand(changeSet));
  return changes;
}

const isNewStack = (stack: Stack | undefined) => stack === undefined || stack.StackStatus === 'REVIEW_IN_PROGRESS';

type Prepared = ChangeSet & { readonly isNew: boolean };

/** @returns undefined if it changes nothing */
async function prepare(
  client: CloudFormationClient,
  { name: StackName, url: TemplateURL, stage }: Deployment,
  before: Stack | undefined,
): Promise<Prepared | undefined> {
  const isNew = isNewStack(before);
  const ChangeSetName = `sluice-${Date.now()}`;
  const { Id = ChangeSetName, StackId = StackName } = await client.send(
    new CreateChangeSetCommand({
      StackName,
      ChangeSetName,
      ChangeSetType: isNew ? 'CREATE' : 'UPDATE',
      ...(isNew ? { OnStackFailure: 'DELETE' as const } : {}),
      TemplateURL,
      Capabilities: ['CAPABILITY_IAM', 'CAPABILITY_NAMED_IAM'],
      ImportExistingResources: true,
      Tags: [{ Key: 'STAGE', Value: stage }],
    }),
  );
  const isChanged = await isReady(client, { StackName, ChangeSetName: Id });
  return isChanged ? { StackName: StackId, ChangeSetName: Id, isNew } : undefined;
}

type ChangeSet = { readonly StackName: string; readonly ChangeSetName: string };

/** @returns false if it changes nothing */
async function isReady(client: CloudFormationClient, changeSet: ChangeSet): Promise<boolean> {
  try {
    await waitUntilChangeSetCreateComplete({ client, ...WAIT }, changeSet);
    return true;
  } catch (error) {
    const reason = reasonOf(error);
    await client.send(new DeleteChangeSetCommand(changeSet));
    if (/didn't contain changes|No updates are to be performed/.test(reason)) return false;
    throw new Error(`The stack ${changeSet.StackName} cannot be deployed: ${reason}`);
  }
}

/** A waiter that fails has the last answer as its reason. */
function reasonOf(error: unknown): string {
  const { message } = error as Error;
  try {
    return (JSON.parse(message) as { reason?: { StatusReason?: string } }).reason?.StatusReason ?? message;
  } catch {
    return message;
  }
}

async function execute(client: CloudFormationClient, { isNew, ...changeSet }: Prepared) {
  const { StackName } = changeSet;
  const startedAt = new Date();
  await client.send(new ExecuteChangeSetCommand(changeSet));
  const wait = isNew ? waitUntilStackCreateComplete : waitUntilStackUpdateComplete;
  try {
    await wait({ client, ...WAIT }, { StackName });
  } catch (error) {
    const [, name = StackName] = StackName.split('/'); // it is an id, which a stack keeps when it is deleted
    throw new Error(`The stack ${name} was not deployed: ${await firstFailure(client, StackName, startedAt, error)}`);
  }
}

/** The first one is the cause. Those after it were cancelled. */
async function firstFailure(client: CloudFormationClient, StackName: string, since: Date, error: unknown) {
  let first: string | undefined;
  for await (const { StackEvents = [] } of paginateDescribeStackEvents({ client }, { StackName })) {
    for (const { Timestamp = since, ResourceStatus = '', LogicalResourceId, ResourceStatusReason } of StackEvents) {
      if (Timestamp.getTime() < since.getTime() - CLOCKS_DIFFER_MS) return first ?? reasonOf(error);
      if (ResourceStatus.endsWith('_FAILED')) first = `${LogicalResourceId}: ${ResourceStatusReason}`;
    }
  }
  return first ?? reasonOf(error);
}
const CLOCKS_DIFFER_MS = 5_000;

/** Does nothing if there is no such stack. */
export async function deleteStack(client: CloudFormationClient, StackName: string): Promise<void> {
  const stack = await describe(client, StackName);
  if (stack === undefined) return;
  const startedAt = new Date();
  await client.send(new DeleteStackCommand({ StackName }));
  try {
    await waitUntilStackDeleteComplete({ client, ...WAIT }, { StackName: stack.StackId ?? StackName });
  } catch (error) {
    throw new Error(
      `The stack ${StackName} was not deleted: ${await firstFailure(client, StackName, startedAt, error)}`,
    );
  }
}
