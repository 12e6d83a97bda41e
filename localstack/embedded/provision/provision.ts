/**
 * Creates the resources of a compiled CloudFormation template through the AWS APIs, on the embedded stack or on LocalStack.
 * A second run keeps existing resources and their data, and updates changed settings.
 */

import { untilListening } from '../ports.ts';
import { emptyReport, type Outcome, type Report } from './report.ts';
import { Resolver, type Template } from './template.ts';

export interface Target {
  endpoint: string;
  /** Step Functions, if it has an endpoint of its own. */
  statesEndpoint?: string | undefined;
  region?: string;
  accountId?: string;
  stackName?: string;
}

interface ClientConfig {
  endpoint: string;
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/** Types for permissions, alarms, packaging and triggers, which have no effect locally. */
const IRRELEVANT =
  /^AWS::(IAM|Logs|CloudWatch|Lambda|ApiGateway|Events|Scheduler|KMS|XRay|ApplicationAutoScaling)::|^AWS::(S3::Bucket|SQS::Queue|SNS::Topic)Policy$/;
const CREATED = new Set([
  'AWS::DynamoDB::Table',
  'AWS::SQS::Queue',
  'AWS::SNS::Topic',
  'AWS::SNS::Subscription',
  'AWS::S3::Bucket',
  'AWS::StepFunctions::StateMachine',
]);
/** A deployment uploads the code to it. */
const DEPLOYMENT_BUCKET = 'ServerlessDeploymentBucket';

/** `npm start` starts the functions and the emulator at the same time. */
const ENDPOINT_WITHIN_MS = 30_000;

/** @throws Error that names the resource that could not be created, and the reason. */
export async function provision(template: Template, target: Target): Promise<Report> {
  const {
    endpoint,
    statesEndpoint = endpoint,
    region = 'us-east-1',
    accountId = '000000000000',
    stackName = 'local',
  } = target;
  const resolver = new Resolver(template, { endpoint, region, accountId, stackName });
  const config = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  const report = emptyReport();
  for (const [logicalId, { Type }] of Object.entries(template.Resources)) {
    if (!CREATED.has(Type) && !IRRELEVANT.test(Type)) report.unsupported.push(`${logicalId} (${Type})`);
  }
  const { hostname, port, protocol } = new URL(endpoint);
  await untilListening(Number(port) || (protocol === 'https:' ? 443 : 80), ENDPOINT_WITHIN_MS, hostname);
  await Promise.all([
    provisionTables(resolver, config, report),
    // Topics and buckets refer to queues, which must exist first.
    provisionQueues(resolver, config, report).then(() =>
      Promise.all([provisionTopics(resolver, config, report), provisionBuckets(resolver, config, report)]),
    ),
  ]);
  await provisionMachines(resolver, { ...config, endpoint: statesEndpoint }, report);
  return report;
}

/** Each client is loaded only if the template needs it: loading one takes 50 ms. */
async function provisionTables(resolver: Resolver, config: ClientConfig, report: Report): Promise<void> {
  const tables = resolver.resources('AWS::DynamoDB::Table');
  if (tables.length === 0) return;
  const { DynamoDBClient, provisionTable } = await import('./tables.ts');
  const client = new DynamoDBClient(config);
  await Promise.all(
    tables.map(({ name, properties }) => record(report, name, () => provisionTable(client, name, properties))),
  );
  client.destroy();
}

async function provisionQueues(resolver: Resolver, config: ClientConfig, report: Report): Promise<void> {
  const queues = resolver.resources('AWS::SQS::Queue');
  if (queues.length === 0) return;
  const { SQSClient, deadLetterFirst, provisionQueue } = await import('./queues.ts');
  const client = new SQSClient(config);
  for (const { name, properties } of deadLetterFirst(queues)) {
    await record(report, name, () => provisionQueue(client, name, properties));
  }
  client.destroy();
}

async function provisionTopics(resolver: Resolver, config: ClientConfig, report: Report): Promise<void> {
  const topics = resolver.resources('AWS::SNS::Topic');
  const subscriptions = resolver.resources('AWS::SNS::Subscription');
  if (topics.length === 0 && subscriptions.length === 0) return;
  const { SNSClient, provisionSubscription, provisionTopic } = await import('./topics.ts');
  const client = new SNSClient(config);
  for (const { name, properties } of topics) await record(report, name, () => provisionTopic(client, name, properties));
  for (const { logicalId, properties } of subscriptions) {
    await record(report, logicalId, () => provisionSubscription(client, properties));
  }
  client.destroy();
}

async function provisionBuckets(resolver: Resolver, config: ClientConfig, report: Report): Promise<void> {
  const buckets = resolver.resources('AWS::S3::Bucket').filter(({ logicalId }) => logicalId !== DEPLOYMENT_BUCKET);
  if (buckets.length === 0) return;
  const { S3Client, provisionBucket } = await import('./buckets.ts');
  const client = new S3Client({ ...config, forcePathStyle: true });
  await Promise.all(
    buckets.map(({ name, properties }) => record(report, name, () => provisionBucket(client, name, properties))),
  );
  client.destroy();
}

async function provisionMachines(resolver: Resolver, config: ClientConfig, report: Report): Promise<void> {
  const machines = resolver.resources('AWS::StepFunctions::StateMachine');
  if (machines.length === 0) return;
  const { SFNClient, provisionMachine } = await import('./machines.ts');
  const client = new SFNClient(config);
  for (const { logicalId, name, properties } of machines) {
    const arn = String(resolver.resolve({ Ref: logicalId }));
    await record(report, name, () => provisionMachine(client, name, arn, properties));
  }
  client.destroy();
}

async function record(report: Report, name: string, provisionOne: () => Promise<Outcome>): Promise<void> {
  try {
    report[await provisionOne()].push(name);
  } catch (error) {
    throw new Error(`${name} could not be provisioned: ${(error as Error).message}`, { cause: error });
  }
}
