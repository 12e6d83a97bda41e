import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bytesOf } from '../../lib/aws/item-size.ts';
import { payoutChanges, payoutItem, payoutOf, sealPayout } from '../../lib/payouts/dynamo-payout-items.ts';
import { applyOutcome } from '../../lib/payouts/payout.ts';
import { type History, NO_HISTORY, withExecution } from '../../lib/rail/history.ts';
import { anyHistory, anyPayout, aPayout, NOW } from '../support/builders.ts';
import { SECRETS } from '../support/secrets.ts';

const REFUSED = { asked: 'send', answer: 'refused', code: 'RATE_LIMITED' } as const;
const refusal = { code: 'RATE_LIMITED', message: 'Later.', retryable: true };

it('a history has the first execution and the last five, and counts those between', () => {
  const ten = Array.from({ length: 10 }, (_, nth) => ({ at: NOW, reference: nth + 1, calls: [REFUSED] }));
  const { executions, omitted } = ten.reduce(withExecution, NO_HISTORY);
  expect(executions.map(({ reference }) => reference)).toEqual([1, 6, 7, 8, 9, 10]);
  expect(omitted).toBe(4);
});

it('a payout that is executed gets an entry under the reference that was used', () => {
  const payout = aPayout();
  const attempt = { reference: `${payout.id}.2`, attempts: 1, unanswered: false };
  const outcome = { kind: 'retrying', attempt, failure: refusal, retries: 1, calls: [REFUSED] } as const;
  const after = applyOutcome(payout, outcome, NOW);
  expect(after.history).toEqual({ executions: [{ at: NOW, reference: 1, calls: [REFUSED] }], omitted: 0 });
  expect(payoutChanges(payout, after).history).toBe(`[[${Date.parse(NOW)},1,"sr:RATE_LIMITED"]]`);
});

it('a stored history is read unchanged if there is room, and never costs a write unit', async () => {
  const sealer = await SECRETS.sealer('payouts');
  const units = (item: Record<string, unknown>) => Math.ceil(bytesOf(item) / 1_024);
  fc.assert(
    fc.property(anyPayout, anyHistory, fc.nat(1_200), (payout, history, padding) => {
      const plain = { ...payout, transactionIds: ['x'.repeat(padding)] };
      const sealed = payoutItem(sealPayout(sealer, plain));
      const stored = { ...sealed, history: payoutChanges(plain, { ...plain, history }).history };
      expect(units(stored)).toBe(units(sealed));
      const read = payoutOf(stored).history;
      const countOf = ({ executions, omitted }: History) => executions.length + omitted;
      if (read) expect(countOf(read)).toBe(countOf(history));
      if (bytesOf(sealed) < 450 && history !== NO_HISTORY) expect(read).toEqual(history);
    }),
  );
});
