import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { addDays, type Day, daysFrom } from '../../lib/kernel/day.ts';
import { chunkId, chunksOf, MAX_CHUNKS, shardsPerChunk } from '../../lib/settlement/chunk.ts';
import { JOB_STATUSES, type JobId } from '../../lib/settlement/job.ts';
import { MAX_DAYS } from '../../lib/settlement/requests.ts';
import {
  chunkInput,
  chunkOutput,
  controlInput,
  jobInput,
  planOutput,
  statusOutput,
} from '../../lib/settlement/steps.ts';

// Limits of an execution: Step Functions Developer Guide, "Service quotas".
const MOST_EVENTS = 25_000;
const MOST_PAYLOAD_BYTES = 262_144;
const MOST_AT_ONCE = 40;

const root = join(import.meta.dirname, '../..');
const machine = parse(readFileSync(join(root, 'functions/settlement/workflow.asl.yml'), 'utf8'));
const functions = parse(readFileSync(join(root, 'functions/settlement/functions.yml'), 'utf8'));
const settleChunk = machine.States.Settle.ItemProcessor.States.SettleChunk;

const job_id = `job_${'f'.repeat(32)}` as JobId;
const from = '2026-01-01' as Day;
const longest = chunksOf({ from, to: addDays(from, MAX_DAYS - 1), shardsPerChunk: shardsPerChunk(MAX_DAYS) });

/** Each retry of a task adds a failure, a new schedule and a new start. */
const withRetries = (state: { Retry: { MaxAttempts: number }[] }) =>
  3 * state.Retry.reduce((sum, { MaxAttempts }) => sum + MaxAttempts, 0);
/** Entered, scheduled, started, succeeded, exited. */
const taskEvents = (state: { Retry: { MaxAttempts: number }[] }) => 5 + withRetries(state);

/** What a state passes to its function: its parameters, those with `.$` from its own input. */
function given({ Parameters }: { Parameters: Record<string, string> }, input: Record<string, unknown>) {
  return Object.fromEntries(
    Object.entries(Parameters).map(([name, value]) =>
      name.endsWith('.$') ? [name.slice(0, -2), input[value.slice('$.'.length)]] : [name, value],
    ),
  );
}

describe('the longest job', () => {
  it(`has ${MAX_DAYS} days and fits into the history of one execution, even if every step fails as often as allowed`, () => {
    const { Plan, Assemble } = machine.States;
    const rounds = Math.ceil(longest.length / MAX_CHUNKS) + 1;
    const aRound = taskEvents(Plan) + 2 /* choice */ + 4 /* map entered, started, succeeded, exited */;
    const aChunk = 2 /* iteration started, succeeded */ + taskEvents(settleChunk);
    const events = 2 + rounds * aRound + longest.length * aChunk + taskEvents(Assemble) + 2 + 2;
    expect(longest).toHaveLength(92);
    expect(events).toBeLessThan(MOST_EVENTS);
    // Also with as many chunks as a job can have.
    expect(2 + rounds * aRound + MAX_CHUNKS * aChunk + taskEvents(Assemble) + 4).toBeLessThan(MOST_EVENTS);
  });

  it('passes payloads below 256 KB: the plan, and all answers of a round together', () => {
    const bytes = (payload: unknown) => Buffer.byteLength(JSON.stringify(payload));
    const everyShardAlone = chunksOf({ from, to: addDays(from, MAX_DAYS - 1), shardsPerChunk: 1 });
    expect(everyShardAlone).toHaveLength(1_472);
    expect(bytes({ job_id, status: 'RUNNING', chunks: everyShardAlone.map(chunkId) })).toBeLessThan(MOST_PAYLOAD_BYTES);
    expect(bytes(everyShardAlone.map(() => ({ outcome: 'not_wanted' })))).toBeLessThan(MOST_PAYLOAD_BYTES);
  });
});

describe('chunks', () => {
  it.each([
    [1, 16],
    [7, 112],
    [8, 128],
    [9, 72],
    [30, 120],
    [31, 124],
    [92, 92],
  ])('of %i days are %i', (days, chunks) => {
    const range = { from, to: addDays(from, days - 1), shardsPerChunk: shardsPerChunk(days) };
    expect(chunksOf(range)).toHaveLength(chunks);
  });

  it('are at most one round, and contain every day and shard once, in the order of the file', () => {
    for (let days = 1; days <= MAX_DAYS; days += 1) {
      const to = addDays(from, days - 1);
      const chunks = chunksOf({ from, to, shardsPerChunk: shardsPerChunk(days) });
      expect(chunks.length).toBeLessThanOrEqual(MAX_CHUNKS);
      const covered = chunks.flatMap(({ day, first, last }) =>
        Array.from({ length: last - first + 1 }, (_, index) => `${day} ${first + index}`),
      );
      expect(covered).toEqual(
        daysFrom(from, to).flatMap((day) => Array.from({ length: 16 }, (_, shard) => `${day} ${shard}`)),
      );
      const ids = chunks.map(chunkId);
      expect(ids).toEqual([...ids].sort());
    }
  });
});

describe('the machine', () => {
  it('passes each step its input', () => {
    const plan = planOutput.parse({ job_id, status: 'RUNNING', chunks: longest.map(chunkId) });
    expect(machine.States.Settle.ItemsPath).toBe('$.chunks');
    expect(machine.States.Settle.ItemSelector).toEqual({ 'job_id.$': '$.job_id', 'chunk.$': '$$.Map.Item.Value' });
    for (const chunk of plan.chunks) expect(chunkInput.safeParse({ job_id: plan.job_id, chunk }).success).toBe(true);
    expect(chunkOutput.safeParse({ outcome: 'settled' }).success).toBe(true);
    expect(machine.States.Settle.ResultPath).toBeNull(); // Plan is next and takes its own answer
    expect(jobInput.safeParse(plan).success).toBe(true);
    for (const before of [{ job_id }, { ...plan, chunks: [] }]) {
      expect(controlInput.parse(given(machine.States.Plan, before))).toEqual({ job_id, step: 'PLAN' });
    }
  });

  it('ends as cancelled in Cancel and as failed in Fail, from each step before them', () => {
    const plan = planOutput.parse({ job_id, status: 'CANCELLING', chunks: [] });
    const assembled = statusOutput.parse({ job_id, status: 'CANCELLING' });
    const error = { Error: 'Error', Cause: '' };
    for (const before of [plan, assembled]) {
      expect(controlInput.parse(given(machine.States.Cancel, before))).toEqual({ job_id, step: 'CANCEL' });
    }
    for (const before of [{ job_id }, plan]) {
      expect(controlInput.parse(given(machine.States.Fail, { ...before, error }))).toEqual({ job_id, step: 'FAIL' });
    }
    const [cancel, fail] = [machine.States.Cancel, machine.States.Fail];
    expect(cancel.Resource).toEqual({ 'Fn::GetAtt': ['controlSettlement', 'Arn'] });
    expect(fail.Resource).toEqual(cancel.Resource);
    expect([cancel.Next, fail.Next]).toEqual(['Done', 'Failed']);
  });

  it.each(JOB_STATUSES)('has a next step for a job that is %s', (status) => {
    const next = machine.States.IsThereMore.Choices.find(
      (choice: { StringEquals?: string; Not?: { StringEquals: string } }) =>
        choice.StringEquals === status || (choice.Not && choice.Not.StringEquals !== status),
    )?.Next;
    const expected = { CANCELLING: 'Cancel', RUNNING: undefined }[status as string];
    expect(next).toBe(status === 'CANCELLING' || status === 'RUNNING' ? expected : 'Done');
  });

  it('settles 1 to 40 chunks at once, in every stage', () => {
    expect(machine.States.Settle.MaxConcurrency).toBe(`\${param:settleConcurrency}`);
    const { params } = parse(readFileSync(join(root, 'serverless.yml'), 'utf8'));
    for (const stage of Object.values<{ settleConcurrency: number }>(params)) {
      const { settleConcurrency } = { ...params.default, ...stage };
      expect(settleConcurrency).toBeGreaterThanOrEqual(1);
      expect(settleConcurrency).toBeLessThanOrEqual(MOST_AT_ONCE);
    }
  });

  it('retries for two hours on average, with a limit of each pause', () => {
    const [{ IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds, JitterStrategy }] = settleChunk.Retry;
    const pauses = Array.from({ length: MaxAttempts }, (_, nth) =>
      Math.min(IntervalSeconds * BackoffRate ** nth, MaxDelaySeconds),
    );
    const longest = pauses.reduce((sum, pause) => sum + pause, 0);
    expect(JitterStrategy).toBe('FULL'); // half of it on average
    expect(longest / 2).toBeGreaterThan(2 * 3_600);
    expect(longest).toBeLessThan(5 * 3_600);
  });

  it('retries a finite number of times, catches all other errors, and waits a little longer than its functions may take', () => {
    const { Plan, Settle, Assemble, Cancel, Fail } = machine.States;
    for (const state of [Plan, settleChunk, Assemble, Cancel, Fail]) {
      expect(state.Retry).toMatchObject([{ ErrorEquals: ['States.ALL'], MaxAttempts: 25 }]);
      const [name] = state.Resource['Fn::GetAtt'];
      expect(state.TimeoutSeconds).toBeGreaterThan(functions[name].timeout);
    }
    for (const state of [Plan, Settle, Assemble])
      expect(state.Catch).toMatchObject([{ ErrorEquals: ['States.ALL'], Next: 'Fail' }]);
  });
});
