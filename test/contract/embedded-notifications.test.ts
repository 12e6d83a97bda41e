import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  type Event,
  GetBucketNotificationConfigurationCommand,
  type NotificationConfiguration,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { provision } from '../../localstack/embedded/provision/provision.ts';
import { type Clients, clientsOf, eventually, givenADirectory, givenAStack } from './embedded-stack.ts';
import { template } from './embedded-template.ts';

const QUEUE_ARN = 'arn:aws:sqs:us-east-1:000000000000:uploads';

const notifying = (
  events: Event[],
  FilterRules?: { Name: 'prefix' | 'suffix'; Value: string }[],
): NotificationConfiguration => ({
  QueueConfigurations: [
    {
      Id: 'uploads',
      QueueArn: QUEUE_ARN,
      Events: events,
      ...(FilterRules ? { Filter: { Key: { FilterRules } } } : {}),
    },
  ],
});

async function givenABucket(configuration: NotificationConfiguration, dataDir?: string) {
  const stack = await givenAStack(dataDir === undefined ? {} : { dataDir });
  const clients = clientsOf(stack.endpoint);
  await clients.sqs.send(new CreateQueueCommand({ QueueName: 'uploads' }));
  await clients.s3.send(new CreateBucketCommand({ Bucket: 'files' }));
  await configure(clients, configuration);
  return { ...clients, stack, newNotifications: () => newNotifications(clients, stack.endpoint) };
}

const configure = ({ s3 }: Pick<Clients, 's3'>, NotificationConfiguration: NotificationConfiguration) =>
  s3.send(new PutBucketNotificationConfigurationCommand({ Bucket: 'files', NotificationConfiguration }));

// biome-ignore lint/suspicious/noExplicitAny: notifications of S3
async function messages({ sqs }: Clients, endpoint: string): Promise<any[]> {
  const QueueUrl = `${endpoint}/000000000000/uploads`;
  const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
  for (const { ReceiptHandle } of Messages) await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Messages.map(({ Body = '' }) => JSON.parse(Body));
}

/** The notifications since the last call, as `<event> <key>`; a marker object shows that all have arrived. */
async function newNotifications(clients: Clients, endpoint: string): Promise<string[]> {
  await clients.s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'in/last.csv', Body: '' }));
  const received: string[] = [];
  await eventually(
    async () => {
      for (const { Records = [] } of await messages(clients, endpoint)) {
        received.push(...Records.map(({ eventName, s3 }: never) => `${eventName} ${(s3 as typeof record).object.key}`));
      }
      return received;
    },
    () => received.some((each) => each.endsWith('in/last.csv')),
  );
  return received.filter((each) => !each.endsWith('in/last.csv')).sort();
}
declare const record: { object: { key: string } };

describe('a bucket with notifications', () => {
  it('sends a test event, and then one event per stored object, in the format of S3', async () => {
    const { s3, sqs, dynamo, sns, states, stack } = await givenABucket(notifying(['s3:ObjectCreated:*']));
    const clients = { s3, sqs, dynamo, sns, states };
    expect(await messages(clients, stack.endpoint)).toMatchObject([{ Event: 's3:TestEvent', Bucket: 'files' }]);
    await s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'in/a b+ü.csv', Body: 'a,b\n' }));
    const sent = await eventually(
      () => messages(clients, stack.endpoint),
      ({ length }) => length > 0,
    );
    expect(sent).toMatchObject([
      {
        Records: [
          {
            eventSource: 'aws:s3',
            awsRegion: 'us-east-1',
            eventName: 'ObjectCreated:Put',
            s3: {
              configurationId: 'uploads',
              bucket: { name: 'files', arn: 'arn:aws:s3:::files' },
              object: { key: 'in/a+b%2B%C3%BC.csv', size: 4 },
            },
          },
        ],
      },
    ]);
  });

  it('reports copies and completed multipart uploads, and nothing else', async () => {
    const { s3, newNotifications } = await givenABucket(notifying(['s3:ObjectCreated:*']));
    const at = (Key: string) => ({ Bucket: 'files', Key });
    await s3.send(new PutObjectCommand({ ...at('in/one.csv'), Body: '1' }));
    await s3.send(new CopyObjectCommand({ ...at('in/copy.csv'), CopySource: 'files/in/one.csv' }));
    await s3.send(new DeleteObjectCommand(at('in/one.csv')));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand(at('in/parts.csv')));
    const { ETag } = await s3.send(
      new UploadPartCommand({ ...at('in/parts.csv'), UploadId, PartNumber: 1, Body: 'part' }),
    );
    expect(await newNotifications()).toEqual(['ObjectCreated:Copy in/copy.csv', 'ObjectCreated:Put in/one.csv']);
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    await s3.send(new CompleteMultipartUploadCommand({ ...at('in/parts.csv'), UploadId, MultipartUpload }));
    expect(await newNotifications()).toEqual(['ObjectCreated:CompleteMultipartUpload in/parts.csv']);
  });

  it('reports only the configured keys and events', async () => {
    const { s3, stack, newNotifications } = await givenABucket(
      notifying(
        ['s3:ObjectCreated:Put'],
        [
          { Name: 'prefix', Value: 'in/' },
          { Name: 'suffix', Value: '.csv' },
        ],
      ),
    );
    for (const Key of ['out/a.csv', 'in/a.txt', 'in/a.csv']) {
      await s3.send(new PutObjectCommand({ Bucket: 'files', Key, Body: 'x' }));
    }
    await s3.send(new CopyObjectCommand({ Bucket: 'files', Key: 'in/copy.csv', CopySource: 'files/in/a.csv' }));
    const refused = await fetch(`${stack.endpoint}/nowhere/in/b.csv`, { method: 'PUT', body: 'x' });
    expect(refused.status).toBe(404);
    expect(await newNotifications()).toEqual(['ObjectCreated:Put in/a.csv']);
  });

  it('keeps its configuration over a restart, and deletes it on request', async () => {
    const dataDir = await givenADirectory();
    const before = await givenABucket(
      notifying(['s3:ObjectCreated:*'], [{ Name: 'prefix', Value: 'in/<&>' }]),
      dataDir,
    );
    await before.stack.stop();
    const { endpoint } = await givenAStack({ dataDir });
    const { s3 } = clientsOf(endpoint);
    const read = () => s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: 'files' }));
    expect(await read()).toMatchObject(notifying(['s3:ObjectCreated:*'], [{ Name: 'prefix', Value: 'in/<&>' }]));
    await configure({ s3 }, {});
    expect((await read()).QueueConfigurations).toBeUndefined();
  });

  it.each<[string, NotificationConfiguration]>([
    ['TopicConfiguration', { TopicConfigurations: [{ TopicArn: 'arn:t', Events: ['s3:ObjectCreated:*'] }] }],
    [
      'CloudFunctionConfiguration',
      { LambdaFunctionConfigurations: [{ LambdaFunctionArn: 'arn:l', Events: ['s3:ObjectCreated:*'] }] },
    ],
    ['EventBridgeConfiguration', { EventBridgeConfiguration: {} }],
    ['s3:ObjectRemoved:*', notifying(['s3:ObjectRemoved:*'])],
    ['absent', { QueueConfigurations: [{ QueueArn: `${QUEUE_ARN}-absent`, Events: ['s3:ObjectCreated:*'] }] }],
  ])('refuses %s by name', async (what, configuration) => {
    const clients = await givenABucket({});
    await expect(configure(clients, configuration)).rejects.toMatchObject({
      name: 'InvalidArgument',
      message: expect.stringContaining(what),
    });
  });
});

describe('provisioning a bucket with notifications', () => {
  const NotificationConfiguration = {
    QueueConfigurations: [
      {
        Event: 's3:ObjectCreated:*',
        Queue: { 'Fn::GetAtt': ['Work', 'Arn'] },
        Filter: { S3Key: { Rules: [{ Name: 'suffix', Value: '.csv' }] } },
      },
    ],
  };
  const withNotifications = (declared: object) => {
    const changed = template();
    const { Files } = changed.Resources;
    if (Files?.Properties) Files.Properties.NotificationConfiguration = declared;
    return changed;
  };

  it('configures the queue, changes nothing the second time, and applies changes', async () => {
    const { endpoint } = await givenAStack();
    await provision(withNotifications(NotificationConfiguration), { endpoint });
    const read = () =>
      clientsOf(endpoint).s3.send(new GetBucketNotificationConfigurationCommand({ Bucket: 'files-000000000000' }));
    expect((await read()).QueueConfigurations).toMatchObject([
      { QueueArn: 'arn:aws:sqs:us-east-1:000000000000:work', Events: ['s3:ObjectCreated:*'] },
    ]);
    const again = await provision(withNotifications(NotificationConfiguration), { endpoint });
    expect([again.created, again.updated]).toEqual([[], []]);
    expect((await provision(template(), { endpoint })).updated).toEqual(['files-000000000000']);
    expect((await read()).QueueConfigurations).toBeUndefined();
  });

  it('refuses unsupported settings', async () => {
    const { endpoint } = await givenAStack();
    await expect(provision(withNotifications({ LambdaConfigurations: [] }), { endpoint })).rejects.toThrow(
      /files-000000000000.*LambdaConfigurations/,
    );
  });
});
