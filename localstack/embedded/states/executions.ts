/**
 * State machines and their executions, as standard workflows of Step Functions.
 *
 * An execution is on disk before StartExecution answers, but its progress is only in memory. After a restart of the stack, a
 * RUNNING execution therefore restarts at StartAt, with the same input and name; AWS would continue at the current state. The
 * result is the same, because our steps are idempotent and write checkpoints.
 */

import { type Machine, unsupported } from './definition.ts';
import type { Run, Runner } from './runner.ts';
import type { ExecutionRow, MachineRow, StateStore } from './store.ts';
import { isKnownToBeValid, rememberAsValid } from './valid-definitions.ts';

/** An error of the Step Functions API. `code` is sent as __type. */
export class StatesError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

export class Executions {
  readonly #store: StateStore;
  readonly #runner: Runner;
  readonly #arnPrefix: string;
  readonly #running = new Map<string, Run>();
  readonly #log: (line: string) => void;

  constructor(store: StateStore, runner: Runner, arnPrefix: string, log: (line: string) => void) {
    this.#store = store;
    this.#runner = runner;
    this.#arnPrefix = arnPrefix;
    this.#log = log;
  }

  /** Creates the machine, or updates its definition. @throws StatesError InvalidDefinition */
  async register(name: string, definition: string, roleArn: string): Promise<MachineRow> {
    const arn = `${this.#arnPrefix}:stateMachine:${name}`;
    const existing = this.#store.machine(arn);
    const row = { arn, name, definition, role_arn: roleArn, created_ms: existing?.created_ms ?? Date.now() };
    if (existing?.definition !== definition) await this.#check(row);
    this.#store.saveMachine(row);
    return row;
  }

  async #check(row: MachineRow): Promise<void> {
    try {
      const problems = unsupported(JSON.parse(row.definition) as Machine);
      if (problems.length > 0) throw new Error(`not supported by the embedded engine: ${problems.join('; ')}`);
      if (isKnownToBeValid(row.definition)) return;
      await this.#runner.check(row.definition);
      rememberAsValid(row.definition);
    } catch (error) {
      throw new StatesError('InvalidDefinition', `State machine ${row.name}: ${(error as Error).message}`);
    }
  }

  /**
   * Starts an execution. Idempotent while an execution with the same name and input is running.
   * @throws StatesError StateMachineDoesNotExist, InvalidExecutionInput, ExecutionAlreadyExists
   */
  async start(machineArn: string, name: string, input: string): Promise<ExecutionRow> {
    const machine = this.#store.machine(machineArn);
    if (machine === undefined) throw new StatesError('StateMachineDoesNotExist', `No state machine ${machineArn}`);
    assertJson(input);
    const arn = `${this.#arnPrefix}:execution:${machine.name}:${name}`;
    const existing = this.#store.execution(arn);
    if (existing?.status === 'RUNNING' && existing.input === input) return existing;
    if (existing !== undefined) throw new StatesError('ExecutionAlreadyExists', `Execution already exists: ${arn}`);
    const started_ms = Date.now();
    this.#store.insertExecution({ arn, machine_arn: machineArn, name, input, started_ms });
    return this.#run(machine, this.describe(arn));
  }

  /** @throws StatesError ExecutionDoesNotExist */
  describe(arn: string): ExecutionRow {
    const row = this.#store.execution(arn);
    if (row === undefined) throw new StatesError('ExecutionDoesNotExist', `Execution does not exist: ${arn}`);
    return row;
  }

  /** Stops at once, without waiting for a task in progress. An execution that has ended is not changed. */
  stop(arn: string, error: string | undefined, cause: string | undefined): ExecutionRow {
    this.describe(arn);
    const reason = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
    this.#store.finish(arn, { status: 'ABORTED', ...reason }, Date.now());
    this.#running.get(arn)?.abort();
    return this.describe(arn);
  }

  /** Restarts every execution that was running when the stack ended. Call it when functions can be invoked. */
  async resume(): Promise<void> {
    for (const execution of this.#store.running()) {
      const machine = this.#store.machine(execution.machine_arn);
      if (machine === undefined || this.#running.has(execution.arn)) continue;
      this.#log(`restarting execution ${execution.name} of ${machine.name}`);
      await this.#run(machine, execution).catch((error: Error) =>
        this.#log(`execution ${execution.name} cannot run: ${error.message}`),
      );
    }
  }

  /** Aborts running executions without recording an end, so that `resume` restarts them. */
  abandon(): void {
    const runs = [...this.#running.values()];
    this.#running.clear();
    for (const run of runs) run.abort();
  }

  async #run(machine: MachineRow, execution: ExecutionRow): Promise<ExecutionRow> {
    const run = await this.#runner.start(machine, execution);
    this.#running.set(execution.arn, run);
    run.outcome.then((outcome) => {
      if (this.#running.get(execution.arn) !== run) return; // abandoned
      this.#running.delete(execution.arn);
      this.#store.finish(execution.arn, outcome, Date.now());
      if (outcome.error !== undefined) this.#log(`execution ${execution.name} ${outcome.status}: ${outcome.error}`);
    });
    return execution;
  }
}

function assertJson(input: string): void {
  try {
    JSON.parse(input);
  } catch {
    throw new StatesError('InvalidExecutionInput', 'The input is not JSON.');
  }
}
