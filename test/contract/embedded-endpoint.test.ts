import { ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it } from 'vitest';
import { givenALambdaPort } from './embedded-lambda.ts';
import { clientsOf, givenADirectory, givenAStack } from './embedded-stack.ts';

const signedFor = (service: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`,
});

describe('the endpoint of the embedded stack', () => {
  it('answers every service at one address', async () => {
    const { endpoint } = await givenAStack();
    const { dynamo, sns, states } = clientsOf(endpoint);
    expect((await dynamo.send(new ListTablesCommand({}))).TableNames).toEqual([]);
    expect((await sns.send(new ListTopicsCommand({}))).Topics).toEqual([]);
    expect((await states.send(new ListStateMachinesCommand({}))).stateMachines).toEqual([]);
    const identity = await fetch(endpoint, {
      method: 'POST',
      headers: { ...signedFor('sts'), 'content-type': 'application/x-www-form-urlencoded' },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    });
    expect(await identity.text()).toContain('000000000000');
  });

  it('returns its own address in queue URLs, also after it moved to another port', async () => {
    const dataDir = await givenADirectory();
    const before = await givenAStack({ dataDir });
    await clientsOf(before.endpoint).sqs.send(new CreateQueueCommand({ QueueName: 'work' }));
    await before.stop();

    const { endpoint } = await givenAStack({ dataDir });
    const { sqs } = clientsOf(endpoint);
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: 'work' }));
    expect(QueueUrl).toBe(`${endpoint}/000000000000/work`);
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'hello' }));
    const { Messages } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages?.map(({ Body }) => Body)).toEqual(['hello']);
  });

  it('serves S3 objects to signed, presigned and unsigned requests', async () => {
    const { endpoint } = await givenAStack();
    const { s3 } = clientsOf(endpoint);
    await s3.send(new CreateBucketCommand({ Bucket: 'files' }));
    await s3.send(new PutObjectCommand({ Bucket: 'files', Key: 'a/b.csv', Body: 'a,b\n' }));
    const scope = encodeURIComponent('test/20260101/us-east-1/s3/aws4_request');
    for (const query of ['', `?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${scope}&X-Amz-Signature=0`]) {
      expect(await (await fetch(`${endpoint}/files/a/b.csv${query}`)).text()).toBe('a,b\n');
    }
  });

  it('accepts an upload of 50 MB, and returns any range of it', async () => {
    const { endpoint } = await givenAStack();
    const { s3 } = clientsOf(endpoint);
    await s3.send(new CreateBucketCommand({ Bucket: 'files' }));
    const body = Buffer.alloc(50 * 1024 * 1024, 'transactions ');
    expect((await fetch(`${endpoint}/files/large.csv`, { method: 'PUT', body })).status).toBe(200);
    const range = await fetch(`${endpoint}/files/large.csv`, { headers: { range: `bytes=${body.length - 9}-` } });
    expect([range.status, await range.text()]).toEqual([206, body.subarray(-9).toString()]);
  });

  it('invokes functions by name and by ARN, and reports their errors', async () => {
    const lambdaPort = await givenALambdaPort({
      double: (event) => (event as { n: number }).n * 2,
      refuse: () => {
        throw new TypeError('no');
      },
    });
    const { endpoint } = await givenAStack({ lambdaPort });
    const invoke = (name: string, type = 'RequestResponse') =>
      fetch(`${endpoint}/2015-03-31/functions/${encodeURIComponent(name)}/invocations`, {
        method: 'POST',
        headers: { ...signedFor('lambda'), 'x-amz-invocation-type': type },
        body: '{"n":21}',
      });
    expect(await (await invoke('double')).json()).toBe(42);
    expect(await (await invoke('arn:aws:lambda:us-east-1:000000000000:function:double')).json()).toBe(42);
    expect((await invoke('double', 'Event')).status).toBe(202);
    expect((await invoke('unknown')).status).toBe(404);
    const refused = await invoke('refuse');
    expect(refused.headers.get('x-amz-function-error')).toBe('Unhandled');
    expect(await refused.json()).toEqual({ errorType: 'TypeError', errorMessage: 'no' });
  });

  it('names an unsupported service', async () => {
    const { endpoint } = await givenAStack();
    const response = await fetch(endpoint, { method: 'POST', headers: signedFor('kinesis') });
    expect(response.status).toBe(501);
    expect(await response.text()).toContain('kinesis');
  });

  it('reports its health in the format of LocalStack', async () => {
    const { endpoint } = await givenAStack();
    const health = (await (await fetch(`${endpoint}/_localstack/health`)).json()) as { services: object };
    expect(health.services).toMatchObject({ dynamodb: 'running', sqs: 'running', sns: 'running', s3: 'running' });
  });
});
