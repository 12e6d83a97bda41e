import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ExecutionAlreadyExists, ExecutionDoesNotExist } from '@aws-sdk/client-sfn';
import { StateMachine, type StateMachineDefinition } from 'aws-local-stepfunctions';
import { parse } from 'yaml';
import { allStates, type Machine } from '../../localstack/embedded/states/definition.ts';
import type { Ended } from './lambda.ts';

type Json = Parameters<StateMachine['run']>[0];
type Input = { readonly name?: string; readonly input?: string; readonly executionArn?: string };
type Execution = { readonly input: string; isOver: boolean; readonly abort: () => void };

/** Invokes the function of a step. */
export type InvokeStep = (name: string, input: unknown) => Promise<Ended>;

const FLOW = join(import.meta.dirname, '../../functions/settlement/workflow.asl.yml');
const built = new Map<
  number,
  { readonly machine: StateMachine; readonly steps: readonly (readonly [string, string])[] }
>();

/** The deployed state machine. It is kept, because building one takes longer than running it. */
function settlementMachine(concurrency: number) {
  const known = built.get(concurrency);
  if (known) return known;
  const flow = readFileSync(FLOW, 'utf8').replace(/\$\{param:settleConcurrency\}/, `${concurrency}`);
  const definition = parse(flow) as Machine;
  const steps = allStates(definition).flatMap(([state, { Type, ...rest }]) => {
    if (Type !== 'Task') return [];
    const { Resource } = rest as unknown as { Resource: { 'Fn::GetAtt': [string, string] } };
    return [[state, Resource['Fn::GetAtt'][0]] as const];
  });
  for (const [, state] of allStates(definition)) {
    if (state.Type === 'Task') state.Resource = 'arn:aws:lambda:us-east-1:000000000000:function:step';
  }
  const one = { machine: new StateMachine(definition as unknown as StateMachineDefinition), steps };
  built.set(concurrency, one);
  return one;
}

/** Step Functions: executions of the deployed flow, on the engine of `npm start`. They survive the deaths of functions. */
export class SimulatedMachine {
  readonly #executions = new Map<string, Execution>();
  readonly #invoke: InvokeStep;
  readonly #note: (line: string) => void;
  readonly #concurrency: number;

  constructor(concurrency: number, invoke: InvokeStep, note: (line: string) => void) {
    this.#concurrency = concurrency;
    this.#invoke = invoke;
    this.#note = note;
  }

  /** @throws the SDK's errors */
  answer(command: string, { name = '', input = '', executionArn = '' }: Input): object {
    const id = name || executionArn.slice(executionArn.lastIndexOf(':') + 1);
    const known = this.#executions.get(id);
    if (command === 'DescribeExecutionCommand') {
      if (!known) throw new ExecutionDoesNotExist({ message: id, $metadata: {} });
      return { status: known.isOver ? 'SUCCEEDED' : 'RUNNING' };
    }
    if (command !== 'StartExecutionCommand') throw new Error(`the simulated Step Functions have no ${command}`);
    if (known?.isOver || (known && known.input !== input)) {
      throw new ExecutionAlreadyExists({ message: id, $metadata: {} });
    }
    if (!known) this.#start(id, input);
    return {};
  }

  /** Running executions, in the order of their start. */
  get running(): string[] {
    return [...this.#executions].filter(([, { isOver }]) => !isOver).map(([id]) => id);
  }

  /** An operator aborts the execution in the console: the step in progress runs on, and no step follows. */
  abort(id: string): void {
    this.#executions.get(id)?.abort();
  }

  #start(id: string, input: string): void {
    const { machine, steps } = settlementMachine(this.#concurrency);
    const tasks = steps.map(([state, name]) => [state, (given: Json) => this.#step(name, given)]);
    const run = machine.run(JSON.parse(input) as Json, {
      overrides: { taskResourceLocalHandlers: Object.fromEntries(tasks) },
    });
    const execution: Execution = { input, isOver: false, abort: run.abort };
    this.#executions.set(id, execution);
    const ends = (how: string) => {
      execution.isOver = true;
      this.#note(`execution ${id} ${how}`);
    };
    run.result.then(
      () => ends('succeeded'),
      (error: Error) => ends(`ended: ${error.message}`),
    );
  }

  async #step(name: string, input: unknown): Promise<Json> {
    const ended = await this.#invoke(name, input);
    if (ended.kind === 'returned') return ended.value as Json;
    if (ended.kind === 'threw') throw ended.error;
    throw Object.assign(new Error(`${name} has exited`), { name: 'Lambda.Unknown' });
  }
}
