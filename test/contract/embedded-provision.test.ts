import { setTimeout } from 'node:timers/promises';
import { DescribeTableCommand, PutItemCommand, QueryCommand } from '@aws-sdk/client-dynamodb';
import { HeadBucketCommand } from '@aws-sdk/client-s3';
import { DescribeStateMachineCommand } from '@aws-sdk/client-sfn';
import { PublishCommand } from '@aws-sdk/client-sns';
import { GetQueueAttributesCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../localstack/embedded/ports.ts';
import { provision } from '../../localstack/embedded/provision/provision.ts';
import { Resolver } from '../../localstack/embedded/provision/template.ts';
import { clientsOf, givenAStack } from './embedded-stack.ts';
import { stepArn, template } from './embedded-template.ts';

const place = { region: 'us-east-1', accountId: '000000000000', stackName: 'test', endpoint: 'http://aws' };

describe('provisioning from a compiled template', () => {
  it('creates the supported resources and reports the others', async () => {
    const { endpoint } = await givenAStack();
    const report = await provision(template(), { endpoint });
    expect(report.unsupported).toEqual(['Cluster (AWS::ECS::Cluster)']);

    const { dynamo, s3, states, sns, sqs } = clientsOf(endpoint);
    const { Table } = await dynamo.send(new DescribeTableCommand({ TableName: 'payouts' }));
    expect(Table?.StreamSpecification).toEqual({ StreamEnabled: true, StreamViewType: 'NEW_IMAGE' });
    await dynamo.send(new PutItemCommand({ TableName: 'payouts', Item: { pk: { S: '1' }, status: { S: 'failed' } } }));
    const failed = await dynamo.send(
      new QueryCommand({
        TableName: 'payouts',
        IndexName: 'by-status',
        KeyConditionExpression: '#s = :s',
        ExpressionAttributeNames: { '#s': 'status' },
        ExpressionAttributeValues: { ':s': { S: 'failed' } },
      }),
    );
    expect(failed.Count).toBe(1);
    await s3.send(new HeadBucketCommand({ Bucket: 'files-000000000000' }));
    const stateMachineArn = 'arn:aws:states:us-east-1:000000000000:stateMachine:two-steps';
    expect((await states.send(new DescribeStateMachineCommand({ stateMachineArn }))).definition).toContain(stepArn);
    await sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:us-east-1:000000000000:events', Message: 'fact' }));
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: `${endpoint}/000000000000/work`, WaitTimeSeconds: 5 }),
    );
    expect(Messages?.[0]?.Body).toBe('fact');
  });

  it('keeps everything and its contents when it runs again', async () => {
    const { endpoint } = await givenAStack();
    await provision(template(), { endpoint });
    const { sqs } = clientsOf(endpoint);
    const QueueUrl = `${endpoint}/000000000000/work`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'waiting' }));

    const again = await provision(template(), { endpoint });
    expect([again.created, again.updated]).toEqual([[], []]);
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages?.[0]?.Body).toBe('waiting');
  });

  it('waits for an emulator that starts later', async () => {
    const port = await freePort();
    const provisioned = provision(template(), { endpoint: `http://127.0.0.1:${port}` });
    await setTimeout(1_000); // longer than the SDK tries again
    await givenAStack({ port });
    expect((await provisioned).created).toContain('payouts');
  });

  it('applies changed queue settings', async () => {
    const { endpoint } = await givenAStack();
    await provision(template(30), { endpoint });
    expect((await provision(template(90), { endpoint })).updated).toEqual(['work']);
    const { Attributes } = await clientsOf(endpoint).sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: `${endpoint}/000000000000/work`,
        AttributeNames: ['VisibilityTimeout'],
      }),
    );
    expect(Attributes?.VisibilityTimeout).toBe('90');
  });

  it('refuses to change the key of a table', async () => {
    const { endpoint } = await givenAStack();
    await provision(template(), { endpoint });
    const changed = template();
    const properties = changed.Resources.Payouts?.Properties ?? {};
    properties.KeySchema = [{ AttributeName: 'status', KeyType: 'HASH' }];
    await expect(provision(changed, { endpoint })).rejects.toThrow(/payouts.*another key/);
  });

  it('names an unknown intrinsic function', () => {
    const resolver = new Resolver(template(), place);
    expect(() => resolver.resolve({ 'Fn::Cidr': ['10.0.0.0/16'] })).toThrow('Fn::Cidr');
    expect(() => resolver.resolve({ Ref: 'NoSuchTable' })).toThrow('NoSuchTable');
    expect(() => resolver.resolve({ 'Fn::GetAtt': ['Work', 'Colour'] })).toThrow('Work.Colour');
  });

  it('resolves references as CloudFormation does', () => {
    const resolver = new Resolver(template(), place);
    expect(resolver.resolve({ Ref: 'Work' })).toBe('http://aws/000000000000/work');
    expect(resolver.resolve({ 'Fn::Join': ['-', ['a', { Ref: 'Payouts' }]] })).toBe('a-payouts');
    expect(resolver.resolve({ 'Fn::Sub': `\${Payouts.Arn}/index/* \${!Literal}` })).toBe(
      `arn:aws:dynamodb:us-east-1:000000000000:table/payouts/index/* \${Literal}`,
    );
    expect(resolver.resolve({ a: { Ref: 'AWS::NoValue' }, b: 1 })).toEqual({ b: 1 });
  });
});
