import { describe, expect, it } from 'vitest';
import { drawOutcome } from '../../localstack/bank/draw-outcome.ts';
import type { Settings } from '../../localstack/bank/settings.ts';
import { givenABank } from './bank-caller.ts';

const references = Array.from({ length: 10_000 }, (_, index) => `po_${index}.1`);

const random: Settings = {
  mode: 'random',
  code: 'INVALID_BANK_ACCOUNT',
  latency_ms: [0, 0],
  seed: 1,
  duplicates: 'pay',
  lookups: 'ok',
  block_ms: 0,
  reorg_depth: 1,
  returns_percent: 0,
  returns_after_ms: [0, 0],
  notifications: 'ok',
  accepts: [],
};

function outcomeOf(settings: Settings, reference: string): string {
  const outcome = drawOutcome(settings, reference);
  return outcome === 'lost' ? 'lost' : (outcome.refusal ?? 'completed');
}

describe('the mock bank in mode random', () => {
  it('distributes 10,000 outcomes by the documented shares', () => {
    const counts = Map.groupBy(references, (reference) => outcomeOf(random, reference));
    const share = (outcome: string) => (counts.get(outcome)?.length ?? 0) / 100;
    const promised = {
      completed: 85,
      INVALID_BANK_ACCOUNT: 5,
      BANK_API_TIMEOUT: 3,
      INSUFFICIENT_FUNDS: 3,
      ACCOUNT_BLOCKED: 2,
      RATE_LIMITED: 2,
    };
    expect(new Set(counts.keys())).toEqual(new Set(Object.keys(promised)));
    for (const [outcome, percent] of Object.entries(promised)) {
      const fourDeviations = 4 * Math.sqrt((percent * (100 - percent)) / references.length);
      expect(Math.abs(share(outcome) - percent), outcome).toBeLessThan(fourDeviations);
    }
  });

  it('has the same outcomes over HTTP for the same seed, and different ones for another seed', async () => {
    const run = async (seed: number | string) => {
      const bank = await givenABank({ mode: 'random', seed });
      const answers = await Promise.all(references.slice(0, 200).map((reference) => bank.pay(reference)));
      return answers.map(({ body }) => String(body.code ?? body.status));
    };
    const monday = await run('monday');
    expect(await run('monday')).toEqual(monday);
    expect(await run('tuesday')).not.toEqual(monday);
    expect(monday).toEqual(
      references.slice(0, 200).map((reference) => outcomeOf({ ...random, seed: 'monday' }, reference)),
    );
  });

  it('draws the latency from the whole range, independently of the outcome', () => {
    const slow: Settings = { ...random, latency_ms: [50, 59] };
    const outcomes = references
      .map((reference) => drawOutcome(slow, reference))
      .filter((outcome) => outcome !== 'lost');
    expect([...new Set(outcomes.map(({ latencyMs }) => latencyMs))].sort()).toEqual([
      50, 51, 52, 53, 54, 55, 56, 57, 58, 59,
    ]);
    const latenciesOfRefusals = outcomes.filter(({ refusal }) => refusal).map(({ latencyMs }) => latencyMs);
    expect(new Set(latenciesOfRefusals).size).toBe(10);
  });
});
