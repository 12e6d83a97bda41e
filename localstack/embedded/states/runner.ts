/** Runs executions with aws-local-stepfunctions. Each task invokes its Lambda function. */

import type { RunOptions, StateMachine, StateMachineDefinition } from 'aws-local-stepfunctions';
import { functionName, type Invoke } from '../lambda.ts';
import { allStates, LAMBDA_INVOKE, type Machine } from './definition.ts';
import type { ExecutionRow, MachineRow, Outcome } from './store.ts';

type Json = Parameters<StateMachine['run']>[0];
type TaskHandlers = NonNullable<NonNullable<RunOptions['overrides']>['taskResourceLocalHandlers']>;

export interface Run {
  abort(): void;
  /** Never rejects. */
  outcome: Promise<Outcome>;
}

interface Built {
  definition: string;
  machine: StateMachine;
  tasks: TaskHandlers;
}

/** Loaded on first use: it imports two AWS clients, which takes 0.2 s. */
const engine = () => import('aws-local-stepfunctions');

export class Runner {
  readonly #invoke: Invoke;
  /** By ARN. Building a machine takes 20 ms. */
  readonly #built = new Map<string, Built>();

  constructor(invoke: Invoke) {
    this.#invoke = invoke;
  }

  /** @throws Error that lists the errors in the definition. */
  async check(definition: string): Promise<void> {
    const { StateMachine } = await engine();
    new StateMachine(JSON.parse(definition) as StateMachineDefinition);
  }

  async #build(row: Pick<MachineRow, 'arn' | 'definition'>): Promise<Built> {
    const known = this.#built.get(row.arn);
    if (known?.definition === row.definition) return known;
    const { StateMachine } = await engine();
    const parsed = JSON.parse(row.definition) as Machine;
    const unchecked = { validationOptions: { noValidate: true } }; // it was checked when it was registered
    const machine = new StateMachine(parsed as unknown as StateMachineDefinition, unchecked);
    const built = { definition: row.definition, machine, tasks: this.#tasksOf(parsed) };
    this.#built.set(row.arn, built);
    return built;
  }

  async start(machine: MachineRow, execution: ExecutionRow): Promise<Run> {
    const built = await this.#build(machine);
    const input = JSON.parse(execution.input) as Json;
    const StartTime = new Date(execution.started_ms).toISOString();
    const run = built.machine.run(input, {
      overrides: { taskResourceLocalHandlers: built.tasks },
      context: {
        Execution: { Id: execution.arn, Name: execution.name, Input: input, StartTime, RoleArn: machine.role_arn },
        StateMachine: { Id: machine.arn, Name: machine.name },
      },
    });
    return { abort: run.abort, outcome: run.result.then(succeeded, failed) };
  }

  #tasksOf(machine: Machine): TaskHandlers {
    const tasks = allStates(machine).filter(([, state]) => state.Type === 'Task');
    return Object.fromEntries(tasks.map(([name, state]) => [name, this.#task(state.Resource ?? '')]));
  }

  #task(resource: string): TaskHandlers[string] {
    if (!LAMBDA_INVOKE.test(resource)) return async (input) => (await this.#invoke(resource, input)) as Json;
    return async (input) => {
      const { FunctionName, Payload = {} } = input as { FunctionName: string; Payload?: Json };
      const result = (await this.#invoke(functionName(FunctionName), Payload)) as Json;
      return { ExecutedVersion: '$LATEST', Payload: result, StatusCode: 200 };
    };
  }
}

function succeeded(output: Json): Outcome {
  return { status: 'SUCCEEDED', output: JSON.stringify(output) };
}

/** The engine wraps the error of the failed state. AWS reports the inner one. */
function failed(thrown: Error): Outcome {
  if (thrown.name === 'ExecutionAbortedError') return { status: 'ABORTED' };
  if (thrown.name === 'ExecutionTimeoutError') return { status: 'TIMED_OUT', error: 'States.Timeout' };
  const inner = thrown.cause instanceof Error ? thrown.cause : thrown;
  const cause = typeof inner.cause === 'string' ? inner.cause : inner.message;
  return { status: 'FAILED', error: inner.name, cause };
}
