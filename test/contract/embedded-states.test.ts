import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { isKnownToBeValid } from '../../localstack/embedded/states/valid-definitions.ts';
import { type Functions, givenALambdaPort } from './embedded-lambda.ts';
import { clientsOf, eventually, givenAStack } from './embedded-stack.ts';
import { stepArn, twoSteps } from './embedded-template.ts';

async function givenStates(functions: Functions = {}): Promise<SFNClient> {
  const { endpoint } = await givenAStack({ lambdaPort: await givenALambdaPort(functions) });
  return clientsOf(endpoint).states;
}

async function register(states: SFNClient, definition: object, name = 'machine'): Promise<string> {
  const command = { name, definition: JSON.stringify(definition), roleArn: 'arn:aws:iam::000000000000:role/local' };
  return (await states.send(new CreateStateMachineCommand(command))).stateMachineArn ?? '';
}

const task = (fields: object) => ({
  StartAt: 'Task',
  States: { Task: { Type: 'Task', Resource: stepArn, End: true, ...fields } },
});

async function ended(states: SFNClient, executionArn: string | undefined) {
  const ask = () => states.send(new DescribeExecutionCommand({ executionArn }));
  return eventually(ask, ({ status }) => status !== 'RUNNING');
}

describe('an execution', () => {
  it('runs each task as an invocation of its function', async () => {
    const states = await givenStates({ step: (event) => ({ n: (event as { n: number }).n + 1 }) });
    const stateMachineArn = await register(states, twoSteps);
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn, input: '{"n":1}' }));
    expect(await ended(states, executionArn)).toMatchObject({ status: 'SUCCEEDED', output: '{"n":3}' });
  });

  it('retries and catches errors by the name that a function throws', async () => {
    let calls = 0;
    const states = await givenStates({
      step: () => {
        calls += 1;
        throw new RangeError('too far');
      },
    });
    const stateMachineArn = await register(states, {
      StartAt: 'Task',
      States: {
        Task: {
          ...task({}).States.Task,
          Retry: [{ ErrorEquals: ['RangeError'], IntervalSeconds: 1, MaxAttempts: 1 }],
          Catch: [{ ErrorEquals: ['RangeError'], Next: 'Caught' }],
        },
        Caught: { Type: 'Fail', Error: 'Handled', Cause: 'as planned' },
      },
    });
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn }));
    expect(await ended(states, executionArn)).toMatchObject({
      status: 'FAILED',
      error: 'Handled',
      cause: 'as planned',
    });
    expect(calls).toBe(2);
  });

  it('starts once per name: the same input returns it; another input, or an ended execution, is refused', async () => {
    const waiting: (() => void)[] = [];
    const states = await givenStates({ step: () => new Promise<null>((resolve) => waiting.push(() => resolve(null))) });
    const stateMachineArn = await register(states, task({}));
    const start = (input: string) => states.send(new StartExecutionCommand({ stateMachineArn, name: 'day', input }));
    const first = await start('{"n":1}');
    expect((await start('{"n":1}')).executionArn).toBe(first.executionArn);
    await expect(start('{"n":2}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    await eventually(
      async () => waiting.length,
      (count) => count === 1,
    );
    waiting[0]?.();
    await ended(states, first.executionArn);
    await expect(start('{"n":1}')).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    expect(waiting).toHaveLength(1);
  });

  it('stops on request, with the given reason', async () => {
    const states = await givenStates({ step: () => new Promise(() => {}) });
    const stateMachineArn = await register(states, task({}));
    const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn }));
    await states.send(new StopExecutionCommand({ executionArn, error: 'Cancelled', cause: 'asked to' }));
    expect(await ended(states, executionArn)).toMatchObject({
      status: 'ABORTED',
      error: 'Cancelled',
      cause: 'asked to',
    });
  });
});

describe('registering a state machine', () => {
  const inner = task({});
  it.each([
    ['JSONata for the machine', { ...task({}), QueryLanguage: 'JSONata' }],
    ['JSONata for a state', task({ QueryLanguage: 'JSONata' })],
    ['Assign', task({ Assign: { x: 1 } })],
    ['ItemReader', { StartAt: 'M', States: { M: { Type: 'Map', End: true, ItemProcessor: inner, ItemReader: {} } } }],
    ['ItemBatcher', { StartAt: 'M', States: { M: { Type: 'Map', End: true, ItemProcessor: inner, ItemBatcher: {} } } }],
    [
      'distributed',
      {
        StartAt: 'M',
        States: {
          M: { Type: 'Map', End: true, ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED' }, ...inner } },
        },
      },
    ],
    [
      'Assign',
      { StartAt: 'M', States: { M: { Type: 'Map', End: true, ItemProcessor: task({ Assign: { deep: true } }) } } },
    ],
    ['task tokens', task({ Parameters: { 'token.$': '$$.Task.Token' } })],
    ['only Lambda functions', task({ Resource: 'arn:aws:states:::sns:publish' })],
  ])('refuses %s by name', async (what, definition) => {
    const states = await givenStates();
    const word = what.split(' ').at(0) ?? what;
    await expect(register(states, definition)).rejects.toMatchObject({
      name: 'InvalidDefinition',
      message: expect.stringMatching(new RegExp(word)),
    });
  });

  it('refuses an invalid definition', async () => {
    const states = await givenStates();
    const nowhere = { StartAt: 'Nowhere', States: { There: { Type: 'Succeed' } } };
    await expect(register(states, nowhere)).rejects.toMatchObject({ name: 'InvalidDefinition' });
    await expect(register(states, nowhere)).rejects.toMatchObject({ name: 'InvalidDefinition' });
    expect(isKnownToBeValid(JSON.stringify(nowhere))).toBe(false);
  });

  it('checks a valid definition once', async () => {
    const valid = { StartAt: 'There', Comment: 'checked once', States: { There: { Type: 'Succeed' } } };
    await register(await givenStates(), valid);
    expect(isKnownToBeValid(JSON.stringify(valid))).toBe(true);
    await register(await givenStates(), valid);
  });
});
