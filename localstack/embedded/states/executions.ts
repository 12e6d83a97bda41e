/**
 * The life of state machines and their executions, as Step Functions (standard workflows) behaves.
 *
 * An execution is on disk before StartExecution answers. What it had done so far is not: the engine keeps that in
 * memory. An execution found RUNNING when the stack starts again therefore begins again at StartAt, with the same
 * input and name. AWS would carry on in the middle. Machines whose steps are idempotent and keep their own
 * checkpoints, as ours do, end the same either way; `$$.Execution.StartTime` is then the time of the second beginning.
 */

import { type Machine, unsupported } from './definition.ts';
import type { Run, Runner } from './runner.ts';
import type { ExecutionRow, MachineRow, StateStore } from './store.ts';

/** An error of the Step Functions API; `code` goes out as __type. */
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

  /** Creates the machine, or gives an existing one of that name this definition. @throws StatesError InvalidDefinition */
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
      if (problems.length > 0)
        throw new Error(`the embedded engine cannot run it as AWS would: ${problems.join('; ')}`);
      await this.#runner.build(row);
    } catch (error) {
      throw new StatesError('InvalidDefinition', `State machine ${row.name}: ${(error as Error).message}`);
    }
  }

  /**
   * Starts an execution. With the name and the input of one that is running, that one is the answer.
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

  /** Stops at once: a task under way is abandoned, not waited for. Stopping what has ended changes nothing. */
  stop(arn: string, error: string | undefined, cause: string | undefined): ExecutionRow {
    this.describe(arn);
    const reason = { ...(error !== undefined && { error }), ...(cause !== undefined && { cause }) };
    this.#store.finish(arn, { status: 'ABORTED', ...reason }, Date.now());
    this.#running.get(arn)?.abort();
    return this.describe(arn);
  }

  /** Begins again every execution that was running when the stack last ended. Call once functions can be invoked. */
  async resume(): Promise<void> {
    for (const execution of this.#store.running()) {
      const machine = this.#store.machine(execution.machine_arn);
      if (machine === undefined || this.#running.has(execution.arn)) continue;
      this.#log(`beginning execution ${execution.name} of ${machine.name} again`);
      await this.#run(machine, execution).catch((error: Error) => this.#log(`it cannot run: ${error.message}`));
    }
  }

  /** Lets go of running executions without recording an end, so that the next start resumes them. */
  abandon(): void {
    const runs = [...this.#running.values()];
    this.#running.clear();
    for (const run of runs) run.abort();
  }

  async #run(machine: MachineRow, execution: ExecutionRow): Promise<ExecutionRow> {
    const run = await this.#runner.start(machine, execution);
    this.#running.set(execution.arn, run);
    run.outcome.then((outcome) => {
      if (!this.#running.delete(execution.arn)) return; // abandoned
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
