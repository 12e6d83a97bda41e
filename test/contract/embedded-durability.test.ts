import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { provision } from '../../localstack/embedded/provision/provision.ts';
import { givenALambdaPort } from './embedded-lambda.ts';
import { clientsOf, eventually, givenADirectory, givenAStack } from './embedded-stack.ts';
import { template } from './embedded-template.ts';

interface SpawnedStack {
  process: ChildProcess;
  endpoint: string;
  dynamoPort: number;
}

/** A stack in its own process and process group. */
async function givenAStackToKill(dataDir: string, lambdaPort: number): Promise<SpawnedStack> {
  const script = new URL('./embedded-stack-process.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, dataDir, String(lambdaPort)], { detached: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: child.stdout }), 'line');
  return { process: child, ...(JSON.parse(String(line)) as { endpoint: string; dynamoPort: number }) };
}

async function kill9({ process: child }: SpawnedStack): Promise<void> {
  const gone = once(child, 'exit');
  process.kill(-Number(child.pid), 'SIGKILL');
  await gone;
}

const listens = (port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });

const machine = 'arn:aws:states:us-east-1:000000000000:stateMachine:two-steps';
const item = { pk: { S: '1' }, status: { S: 'paid' } };

describe('kill -9 of the embedded stack', () => {
  it('redelivers at once the messages of the consumer', async () => {
    const dataDir = await givenADirectory();
    const doomed = await givenAStackToKill(dataDir, 9);
    await provision(template(3600), { endpoint: doomed.endpoint });
    const { sqs } = clientsOf(doomed.endpoint);
    const QueueUrl = `${doomed.endpoint}/000000000000/work`;
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'half done' }));
    expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages).toHaveLength(1);
    await kill9(doomed);

    const { endpoint } = await givenAStack({ dataDir });
    const again = await clientsOf(endpoint).sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: `${endpoint}/000000000000/work`,
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
    expect(again.Messages?.[0]).toMatchObject({ Body: 'half done', Attributes: { ApproximateReceiveCount: '2' } });
  });

  it('loses no item, message, object or execution, and leaves no process behind', async () => {
    const dataDir = await givenADirectory();
    const calls: unknown[] = [];
    let answers = false;
    const step = (event: unknown) => {
      calls.push(event);
      return answers ? { done: true } : new Promise(() => {});
    };
    const lambdaPort = await givenALambdaPort({ step });

    const doomed = await givenAStackToKill(dataDir, lambdaPort);
    const before = clientsOf(doomed.endpoint);
    await provision(template(), { endpoint: doomed.endpoint });
    const work = `${doomed.endpoint}/000000000000/work`;
    await before.dynamo.send(new PutItemCommand({ TableName: 'payouts', Item: item }));
    await before.sqs.send(new SendMessageCommand({ QueueUrl: work, MessageBody: 'waiting' }));
    await before.s3.send(new PutObjectCommand({ Bucket: 'files-000000000000', Key: 'part-1', Body: 'a,b\n' }));
    const started = { stateMachineArn: machine, name: 'run-1', input: '{"day":"2026-01-01"}' };
    const { executionArn } = await before.states.send(new StartExecutionCommand(started));
    await eventually(
      async () => calls.length,
      (count) => count === 1,
    );
    await kill9(doomed);
    await eventually(
      () => listens(doomed.dynamoPort),
      (still) => !still,
    );

    const stack = await givenAStack({ dataDir, lambdaPort });
    const { dynamo, sqs, s3, states } = clientsOf(stack.endpoint);
    expect((await provision(template(), { endpoint: stack.endpoint })).created).toEqual([]);
    const kept = await dynamo.send(new GetItemCommand({ TableName: 'payouts', Key: { pk: { S: '1' } } }));
    expect(kept.Item).toEqual(item);
    const QueueUrl = `${stack.endpoint}/000000000000/work`;
    expect((await sqs.send(new ReceiveMessageCommand({ QueueUrl }))).Messages?.[0]?.Body).toBe('waiting');
    const file = await s3.send(new GetObjectCommand({ Bucket: 'files-000000000000', Key: 'part-1' }));
    expect(await file.Body?.transformToString()).toBe('a,b\n');

    const ask = () => states.send(new DescribeExecutionCommand({ executionArn }));
    expect((await ask()).status).toBe('RUNNING');
    answers = true;
    await stack.resumeExecutions();
    const ended = await eventually(ask, ({ status }) => status !== 'RUNNING');
    expect(ended).toMatchObject({
      status: 'SUCCEEDED',
      name: 'run-1',
      input: '{"day":"2026-01-01"}',
      output: '{"done":true}',
    });
    expect(calls[1]).toEqual({ day: '2026-01-01' });
  });
});

describe('kill -9 of the functions only', () => {
  it('redelivers their messages soon, and restarts their executions, whose first steps fail', async () => {
    const calls: ((end: { done: boolean } | Error) => void)[] = [];
    const step = () =>
      new Promise((resolve, reject) => calls.push((end) => (end instanceof Error ? reject(end) : resolve(end))));
    const { endpoint, internals, resumeExecutions } = await givenAStack({
      lambdaPort: await givenALambdaPort({ step }),
    });
    await provision(template(3600), { endpoint });
    const { sqs, states } = clientsOf(endpoint);
    const QueueUrl = `${endpoint}/000000000000/work`;
    const receive = new ReceiveMessageCommand({
      QueueUrl,
      WaitTimeSeconds: 5,
      MessageSystemAttributeNames: ['ApproximateReceiveCount'],
    });
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: 'half done' }));
    expect((await sqs.send(receive)).Messages).toHaveLength(1);
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn: machine, input: '{}' }));
    const called = (times: number) =>
      eventually(
        async () => calls.length,
        (count) => count === times,
      );
    await called(1);

    internals.interruptExecutions();
    calls[0]?.(new Error('killed'));
    await internals.releaseMessages();
    const [again] = (await sqs.send(receive)).Messages ?? [];
    expect(again).toMatchObject({ Body: 'half done', Attributes: { ApproximateReceiveCount: '2' } });

    await resumeExecutions();
    await called(2);
    calls[1]?.({ done: true });
    await called(3);
    calls[2]?.({ done: true });
    const ask = () => states.send(new DescribeExecutionCommand({ executionArn }));
    expect(await eventually(ask, ({ status }) => status !== 'RUNNING')).toMatchObject({ status: 'SUCCEEDED' });
  });
});
