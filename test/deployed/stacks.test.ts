import {
  CloudFormationClient,
  DeleteStackCommand,
  DescribeStackResourceCommand,
  ListExportsCommand,
} from '@aws-sdk/client-cloudformation';
import { CreateTableCommand, type CreateTableCommandInput, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect } from 'vitest';
import { awsOf } from '../../scripts/aws.ts';
import { deployStack } from '../../scripts/stacks/deploy.ts';
import { sharedService } from '../e2e/shared-service.ts';
import { itWhere } from '../support/where.ts';

const service = sharedService();
const QUEUE = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'of-a-test' } };
const TABLE = {
  TableName: 'of-a-test',
  BillingMode: 'PAY_PER_REQUEST',
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
} satisfies CreateTableCommandInput;

const server = process.env.SLUICE_LAMBDA_SERVER;
const itOnStacks = (name: string, test: () => Promise<void>) =>
  itWhere(server, 'the run has no MiniStack of its own', name, test);

describe('stacks:', () => {
  let client: CloudFormationClient;
  let s3: S3Client;
  beforeAll(async () => {
    if (!server) return;
    client = new CloudFormationClient(awsOf(service.endpoints));
    s3 = new S3Client({ ...awsOf(service.endpoints), forcePathStyle: true });
    await s3.send(new CreateBucketCommand({ Bucket: 'templates' }));
  });

  async function deploy(name: string, Resources: object, isProtected = false): Promise<boolean> {
    const Key = `${name}.json`;
    await s3.send(new PutObjectCommand({ Bucket: 'templates', Key, Body: JSON.stringify({ Resources }) }));
    const url = `https://s3.us-east-1.amazonaws.com/templates/${Key}`;
    return deployStack(client, { name, url, stage: 'local', isProtected });
  }

  itOnStacks('one without changes is left alone, and a protected one cannot be deleted', async () => {
    expect(await deploy('queues', { Queue: QUEUE }, true)).toBe(true);
    expect(await deploy('queues', { Queue: QUEUE }, true)).toBe(false);
    const deletion = client.send(new DeleteStackCommand({ StackName: 'queues' }));
    await expect(deletion).rejects.toThrow('TerminationProtection is enabled');
  });

  itOnStacks('one that fails names the resource and the reason, and can be deployed again', async () => {
    const broken = { ...QUEUE, Properties: { QueueName: { 'Fn::ImportValue': 'nothing' } } };
    await expect(deploy('broken', { Queue: broken })).rejects.toThrow(
      "The stack broken was not deployed: Queue: Export 'nothing' not found",
    );
    expect(await deploy('broken', { Queue: { ...QUEUE, Properties: { QueueName: 'another' } } })).toBe(true);
  });

  itOnStacks('a table that stayed is adopted', async () => {
    await new DynamoDBClient(awsOf(service.endpoints)).send(new CreateTableCommand(TABLE));
    const adopted = { Type: 'AWS::DynamoDB::Table', DeletionPolicy: 'RetainExceptOnCreate', Properties: TABLE };
    expect(await deploy('adopting', { Table: adopted })).toBe(true);
    const found = { StackName: 'adopting', LogicalResourceId: 'Table' };
    const { StackResourceDetail } = await client.send(new DescribeStackResourceCommand(found));
    expect(StackResourceDetail?.PhysicalResourceId).toBe(TABLE.TableName);
  });

  itOnStacks('the application imports from the data stack', async () => {
    const { Exports = [] } = await client.send(new ListExportsCommand({}));
    const table = Exports.find(({ Name }) => Name === 'sluice-local-data:PayoutsTable:Arn')?.Value;
    expect(table).toMatch(/:table\/sluice-local-payouts$/);
  });
});
