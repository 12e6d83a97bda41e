import { describe, expect, it } from 'vitest';
import type { Currency } from '../../lib/kernel/money.ts';
import { cancelAttempt, executeAttempt, TIMEOUT_BEFORE_EFFECT, type Work } from '../../lib/rail/attempt.ts';
import type { Epoch } from '../../lib/rail/epoch.ts';
import type { LookUpAnswer, Rail, SendAnswer } from '../../lib/rail/port.ts';

const PAID = { kind: 'paid', bankId: 'BANK-1' } as const;
const LATER = { code: 'RATE_LIMITED', message: 'Later.', retryable: true };
const REFUSED = { kind: 'refused', failure: LATER } as const;
const TIMED_OUT: SendAnswer = { kind: 'unanswered', cause: 'timed_out' };
const NOT_FOUND: LookUpAnswer = { kind: 'not_found' };
const DEADLINE_MS = 2_000;

type Given = {
  readonly sends?: SendAnswer[];
  readonly lookUps?: LookUpAnswer[];
  readonly work?: Partial<Work>;
  readonly by?: typeof executeAttempt | typeof cancelAttempt;
  readonly epoch?: Epoch;
};

const CREATED = '2026-11-01T10:00:00.000Z';
const NOW = Date.parse('2026-11-01T11:00:00.000Z');

/** Executes against a rail with these answers; an unexpected call fails the test. */
async function execute({ sends = [], lookUps = [], work = {}, by = executeAttempt, epoch }: Given, leaseMs = 10_000) {
  const calls: string[] = [];
  const next = <Answer>(answers: Answer[]): Answer => {
    const answer = answers.shift();
    if (!answer) throw new Error(`an unexpected call after ${calls}`);
    return answer;
  };
  const rail: Rail = {
    deadlineMs: DEADLINE_MS,
    isHealthy: async () => true,
    send: async ({ reference }, mayStillSend) => {
      if (!(await mayStillSend())) return { kind: 'unsent', cause: 'forbidden' };
      calls.push(`send ${reference}`);
      return next(sends);
    },
    lookUp: async (reference) => {
      calls.push(`look up ${reference}`);
      return next(lookUps);
    },
  };
  const outcome = await by(
    { rail, policy: { lateCallMs: 1_000 }, now: () => NOW, epoch: async () => epoch },
    {
      attempt: { reference: 'p.1', attempts: 0, unanswered: false },
      instruction: { instruction: 'p', money: { minor: 1n, currency: 'IDR' as Currency }, destination: {} },
      createdAt: CREATED,
      lease: { owner: 'worker', until: NOW + leaseMs },
      isUnknown: false,
      previousLeaseAbandoned: false,
      maxAttempts: 3,
      mayStillSend: async () => true,
      ...work,
    },
  );
  return { calls, outcome };
}

const unanswered = { attempt: { reference: 'p.1', attempts: 1, unanswered: true } };

describe('a new attempt', () => {
  it('is sent without a look-up', async () => {
    const { calls, outcome } = await execute({ sends: [PAID] });
    expect(calls).toEqual(['send p.1']);
    expect(outcome).toMatchObject({ ...PAID, attempt: { attempts: 1, unanswered: false }, retries: 0 });
  });

  it('has a new reference after a retryable refusal, and none after the last attempt', async () => {
    const retrying = { kind: 'retrying', failure: LATER, retries: 1, attempt: { reference: 'p.2', attempts: 1 } };
    expect((await execute({ sends: [REFUSED] })).outcome).toMatchObject(retrying);
    const { outcome } = await execute({ sends: [REFUSED], work: { maxAttempts: 1 } });
    expect(outcome).toMatchObject({ kind: 'failed', retries: 0, attempt: { reference: 'p.1', attempts: 1 } });
  });

  it('without an answer is looked up once; not_found right after the call makes it unknown', async () => {
    const { calls, outcome } = await execute({ sends: [TIMED_OUT], lookUps: [NOT_FOUND] });
    expect(calls).toEqual(['send p.1', 'look up p.1']);
    expect(outcome).toMatchObject({ kind: 'unknown', attempt: { attempts: 0, unanswered: true }, lookedUp: NOT_FOUND });
    expect((await execute({ sends: [TIMED_OUT], lookUps: [PAID] })).outcome).toMatchObject({
      ...{ kind: 'paid', attempt: { attempts: 1, unanswered: false } },
    });
  });

  it('is not sent when the lease is too short or sending is forbidden', async () => {
    for (const outcome of [
      (await execute({}, DEADLINE_MS + 999)).outcome,
      (await execute({ work: { mayStillSend: async () => false } })).outcome,
    ]) {
      expect(outcome).toMatchObject({ kind: 'unchanged', attempt: { unanswered: false }, sent: { kind: 'unsent' } });
    }
  });
});

it('an execution lists its calls and their answers; what was not sent is no call', async () => {
  const listed = async (given: Given) => (await execute(given)).outcome.calls;
  expect(await listed({ sends: [TIMED_OUT], lookUps: [NOT_FOUND] })).toEqual([
    { asked: 'send', answer: 'unanswered', code: 'timed_out' },
    { asked: 'look_up', answer: 'not_found' },
  ]);
  expect(await listed({ sends: [REFUSED], lookUps: [NOT_FOUND], work: { ...unanswered, isUnknown: true } })).toEqual([
    { asked: 'look_up', answer: 'not_found' },
    { asked: 'send', answer: 'refused', code: 'RATE_LIMITED' },
  ]);
  expect(await listed({ work: { mayStillSend: async () => false } })).toEqual([]);
});

describe('an attempt whose call may have been sent', () => {
  it.each([{ ...unanswered }, { previousLeaseAbandoned: true }])(
    'is looked up, and not sent if the rail knows it',
    async (work) => {
      for (const answer of [PAID, REFUSED, { kind: 'in_process' }, { kind: 'no_answer' }] satisfies LookUpAnswer[]) {
        expect((await execute({ lookUps: [answer], work })).calls).toEqual(['look up p.1']);
      }
      const { calls } = await execute({ sends: [PAID], lookUps: [NOT_FOUND], work });
      expect(calls).toEqual(['look up p.1', 'send p.1']);
    },
  );

  it('uses up an attempt if the recorded call never arrived', async () => {
    const work = { ...unanswered, isUnknown: true };
    const { outcome } = await execute({ sends: [PAID], lookUps: [NOT_FOUND], work });
    expect(outcome).toMatchObject({ kind: 'paid', attempt: { reference: 'p.1', attempts: 3 }, retries: 1 });
    const refused = await execute({ sends: [REFUSED], lookUps: [NOT_FOUND], work: { ...work, maxAttempts: 9 } });
    expect(refused.outcome).toMatchObject({ kind: 'retrying', attempt: { reference: 'p.2', attempts: 3 }, retries: 2 });
    const last = await execute({ lookUps: [NOT_FOUND], work: { ...work, maxAttempts: 2 } });
    expect(last).toMatchObject({ calls: ['look up p.1'], outcome: { kind: 'failed', failure: TIMEOUT_BEFORE_EFFECT } });
  });

  it('keeps the failure of the call that never arrived while the next one is unknown or unsent', async () => {
    const work = { ...unanswered, isUnknown: true };
    const lost = {
      attempt: { reference: 'p.1', attempts: 2, unanswered: true },
      failure: TIMEOUT_BEFORE_EFFECT,
      retries: 1,
    };
    const unknown = await execute({ sends: [TIMED_OUT], lookUps: [NOT_FOUND, NOT_FOUND], work });
    expect(unknown.outcome).toMatchObject({ kind: 'unknown', ...lost });
    const unsent = await execute({ lookUps: [NOT_FOUND], work: { ...work, mayStillSend: async () => false } });
    expect(unsent.outcome).toMatchObject({ kind: 'retrying', ...lost });
  });

  it('is not sent on not_found while the call may still arrive', async () => {
    const { calls, outcome } = await execute({ lookUps: [NOT_FOUND], work: { ...unanswered, mayStillArrive: true } });
    expect([calls, outcome.kind]).toEqual([['look up p.1'], 'unknown']);
  });

  it('is looked up later if no time is left', async () => {
    const { calls, outcome } = await execute({ work: { previousLeaseAbandoned: true } }, DEADLINE_MS);
    expect([calls, outcome]).toMatchObject([[], { kind: 'unchanged', attempt: { unanswered: true } }]);
  });
});

describe('a cancelled attempt', () => {
  const by = cancelAttempt;
  const unknown = { isUnknown: true, attempt: { reference: 'p.1', attempts: 1, unanswered: true } };

  it('of which no call is out is cancelled without a call', async () => {
    const { calls, outcome } = await execute({ by });
    expect([calls, outcome]).toEqual([
      [],
      { kind: 'cancelled', attempt: { reference: 'p.1', attempts: 0, unanswered: false }, calls: [] },
    ]);
  });

  it.each<[string, LookUpAnswer, Partial<Work>, string]>([
    ['never arrived', NOT_FOUND, unknown, 'cancelled'],
    ['never arrived, and was the last one', NOT_FOUND, { ...unknown, maxAttempts: 2 }, 'cancelled'],
    ['may still arrive', NOT_FOUND, { ...unknown, mayStillArrive: true }, 'unknown'],
    ['was paid', PAID, unknown, 'paid'],
    ['was refused for now', REFUSED, unknown, 'cancelled'],
    ['was refused for now, and was the last one', REFUSED, { ...unknown, maxAttempts: 2 }, 'failed'],
    ['was refused for good', { kind: 'refused', failure: { ...LATER, retryable: false } }, unknown, 'failed'],
    ['is in process', { kind: 'in_process' }, unknown, 'unknown'],
    ['cannot be looked up', { kind: 'no_answer' }, unknown, 'unknown'],
    ['may be out from an abandoned lease, and was paid', PAID, { previousLeaseAbandoned: true }, 'paid'],
    ['may be out from an abandoned lease, and never arrived', NOT_FOUND, { previousLeaseAbandoned: true }, 'cancelled'],
  ])('whose call %s is looked up and not sent', async (_name, answer, work, kind) => {
    const { calls, outcome } = await execute({ by, work, lookUps: [answer] });
    expect([calls, outcome.kind, outcome.attempt.reference]).toEqual([['look up p.1'], kind, 'p.1']);
  });

  it('is not decided if the lease is too short for the look-up', async () => {
    const { calls, outcome } = await execute({ by, work: { previousLeaseAbandoned: true } }, DEADLINE_MS + 999);
    expect([calls, outcome]).toMatchObject([[], { kind: 'unchanged', attempt: { unanswered: true } }]);
  });
});

describe('an attempt after a restore', () => {
  const because = { person: 'ana@example.com', reason: 'restored to 09:30' };
  /** The instruction is older than it. */
  const epoch: Epoch = { ...because, raisedAt: '2026-11-01T10:30:00.000Z', until: '2026-11-01T10:40:00.000Z' };
  /** The instruction is younger than it, and its window is not over. */
  const inWindow: Epoch = { ...because, raisedAt: '2026-11-01T09:30:00.000Z', until: '2026-11-01T11:00:00.001Z' };
  const over: Epoch = { ...inWindow, until: '2026-11-01T11:00:00.000Z' };

  it.each([['is older than the epoch', epoch] as const, ['was created since, in the window', inWindow] as const])(
    'that %s is looked up, and sent only if the rail has no record of it',
    async (_name, epoch) => {
      const known = await execute({ epoch, lookUps: [PAID] });
      expect([known.calls, known.outcome]).toMatchObject([['look up p.1'], { ...PAID, attempt: { attempts: 1 } }]);
      const lost = await execute({ epoch, lookUps: [NOT_FOUND], sends: [PAID] });
      expect([lost.calls, lost.outcome]).toMatchObject([['look up p.1', 'send p.1'], PAID]);
      for (const answer of [{ kind: 'in_process' }, { kind: 'no_answer' }] satisfies LookUpAnswer[]) {
        const unclear = await execute({ epoch, lookUps: [answer] });
        expect([unclear.calls, unclear.outcome.kind]).toEqual([['look up p.1'], 'unknown']);
      }
    },
  );

  it('that was created after the window is sent at once', async () => {
    expect((await execute({ epoch: over, sends: [PAID] })).calls).toEqual(['send p.1']);
  });

  it('is looked up under each reference before that is sent', async () => {
    const first = await execute({ epoch, lookUps: [REFUSED] });
    expect(first).toMatchObject({ calls: ['look up p.1'], outcome: { kind: 'retrying' } });
    const { calls, outcome } = await execute({ epoch, work: { attempt: first.outcome.attempt }, lookUps: [PAID] });
    expect([calls, outcome]).toMatchObject([['look up p.2'], { ...PAID, attempt: { reference: 'p.2', attempts: 2 } }]);
  });

  const last = { attempt: { reference: 'p.3', attempts: 2, unanswered: false } };

  it('is found although a person has let it be tried again after its last attempt', async () => {
    const { calls, outcome } = await execute({ epoch, work: last, lookUps: [REFUSED, REFUSED, PAID] });
    expect([calls, outcome]).toMatchObject([
      ['look up p.3', 'look up p.4', 'look up p.5'],
      { ...PAID, attempt: { reference: 'p.5', unanswered: false } },
    ]);
  });

  it('fails if the rail knows no later reference, or if the refusal is for good', async () => {
    const { calls, outcome } = await execute({ epoch, work: last, lookUps: [REFUSED, NOT_FOUND] });
    expect(calls).toEqual(['look up p.3', 'look up p.4']);
    expect(outcome).toMatchObject({ kind: 'failed', attempt: { reference: 'p.3', attempts: 3 } });
    const forGood = { kind: 'refused', failure: { ...LATER, retryable: false } } as const;
    expect((await execute({ epoch, lookUps: [forGood] })).calls).toEqual(['look up p.1']);
  });

  it('is not decided while a later reference has no outcome', async () => {
    const { outcome } = await execute({ epoch, work: last, lookUps: [REFUSED, { kind: 'no_answer' }] });
    expect(outcome).toMatchObject({ kind: 'unknown', attempt: { reference: 'p.4', attempts: 3, unanswered: true } });
  });

  it('with one reference only is not looked up under another', async () => {
    const work = { hasOneReference: true, maxAttempts: 1 };
    const { calls, outcome } = await execute({ epoch, work, lookUps: [REFUSED] });
    expect([calls, outcome.kind]).toEqual([['look up p.1'], 'failed']);
  });

  it('is not cancelled before it was looked up', async () => {
    const by = cancelAttempt;
    expect((await execute({ by, epoch, lookUps: [PAID] })).outcome).toMatchObject({
      ...PAID,
      attempt: { attempts: 1 },
    });
    expect((await execute({ by, epoch, work: last, lookUps: [REFUSED, PAID] })).outcome).toMatchObject(PAID);
    const { calls, outcome } = await execute({ by, epoch, lookUps: [NOT_FOUND] });
    expect([calls, outcome.kind]).toEqual([['look up p.1'], 'cancelled']);
    expect((await execute({ by, epoch: over })).calls).toEqual([]);
  });
});
