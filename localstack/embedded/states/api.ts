/** The Step Functions API (AWS JSON 1.0), as far as the service, its tests and the CLI use it. */

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { answer, type Handler } from '../endpoint.ts';
import type { Invoke } from '../lambda.ts';
import { Executions, StatesError } from './executions.ts';
import { Runner } from './runner.ts';
import { type ExecutionRow, type MachineRow, StateStore } from './store.ts';

export interface StatesApi {
  handle: Handler;
  /** @see Executions.resume */
  resume(): Promise<void>;
  /** @see Executions.abandon */
  interrupt(): void;
  stop(): void;
}

interface Body {
  name?: string;
  definition?: string;
  roleArn?: string;
  input?: string;
  stateMachineArn?: string;
  executionArn?: string;
  statusFilter?: string;
  error?: string;
  cause?: string;
}

type Operation = (body: Body) => unknown;

const ARN_PREFIX = 'arn:aws:states:us-east-1:000000000000';

/** Opens the database in `dataDir`, which must exist. */
export function openStates(dataDir: string, invoke: Invoke, log: (line: string) => void): StatesApi {
  const store = new StateStore(join(dataDir, 'states.db'));
  const executions = new Executions(store, new Runner(invoke), ARN_PREFIX, log);
  const operations = operationsOf(store, executions);
  const handle: Handler = async (request, response) => {
    const name = String(request.headers['x-amz-target'] ?? '').replace('AWSStepFunctions.', '');
    try {
      const operation = operations[name];
      if (operation === undefined) throw new StatesError('UnknownOperationException', `${name} is not available here.`);
      answer(response, 200, await operation((await json(request)) as Body));
    } catch (error) {
      const isClientError = error instanceof StatesError;
      if (!isClientError) log(`${name}: ${error}`);
      const __type = isClientError ? error.code : 'InternalFailure';
      answer(response, isClientError ? 400 : 500, { __type, message: (error as Error).message });
    }
  };
  const stop = () => {
    executions.abandon();
    store.close();
  };
  return { handle, resume: () => executions.resume(), interrupt: () => executions.abandon(), stop };
}

function operationsOf(store: StateStore, executions: Executions): Record<string, Operation> {
  const machine = (arn = ''): MachineRow => {
    const row = store.machine(arn);
    if (row === undefined) throw new StatesError('StateMachineDoesNotExist', `No state machine ${arn}`);
    return row;
  };
  return {
    CreateStateMachine: async ({ name = '', definition = '', roleArn = '' }) => {
      const { arn, created_ms } = await executions.register(name, definition, roleArn);
      return { stateMachineArn: arn, creationDate: created_ms / 1000 };
    },
    UpdateStateMachine: async ({ stateMachineArn, definition, roleArn }) => {
      const existing = machine(stateMachineArn);
      await executions.register(existing.name, definition ?? existing.definition, roleArn ?? existing.role_arn);
      return { updateDate: Date.now() / 1000 };
    },
    DescribeStateMachine: ({ stateMachineArn }) => {
      const row = machine(stateMachineArn);
      return { ...machineSummary(row), status: 'ACTIVE', definition: row.definition, roleArn: row.role_arn };
    },
    DeleteStateMachine: ({ stateMachineArn = '' }) => {
      store.deleteMachine(stateMachineArn);
      return {};
    },
    ListStateMachines: () => ({ stateMachines: store.machines().map(machineSummary) }),
    StartExecution: async ({ stateMachineArn = '', name = randomUUID(), input = '{}' }) => {
      const { arn, started_ms } = await executions.start(stateMachineArn, name, input);
      return { executionArn: arn, startDate: started_ms / 1000 };
    },
    DescribeExecution: ({ executionArn = '' }) => {
      const row = executions.describe(executionArn);
      return {
        ...executionSummary(row),
        ...present({ input: row.input, output: row.output, error: row.error, cause: row.cause }),
      };
    },
    StopExecution: ({ executionArn = '', error, cause }) => {
      const { stopped_ms } = executions.stop(executionArn, error, cause);
      return { stopDate: (stopped_ms ?? Date.now()) / 1000 };
    },
    ListExecutions: ({ stateMachineArn, statusFilter }) => {
      const rows = store.executions(machine(stateMachineArn).arn);
      const wanted = rows.filter(({ status }) => statusFilter === undefined || status === statusFilter);
      return { executions: wanted.map(executionSummary) };
    },
  };
}

function machineSummary({ arn, name, created_ms }: MachineRow): Record<string, unknown> {
  return { stateMachineArn: arn, name, type: 'STANDARD', creationDate: created_ms / 1000 };
}

function executionSummary(row: ExecutionRow): Record<string, unknown> {
  const { arn: executionArn, machine_arn: stateMachineArn, name, status, started_ms, stopped_ms } = row;
  const stopDate = stopped_ms === null ? null : stopped_ms / 1000;
  return present({ executionArn, stateMachineArn, name, status, startDate: started_ms / 1000, stopDate });
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
