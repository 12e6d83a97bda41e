import { describe, expect, it } from 'vitest';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { UserId } from '../../lib/ledger/entry.ts';
import { captureEntry, holdEntry, releaseEntry } from '../../lib/withdrawals/entries.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { newWithdrawal, type Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { differencesInWithdrawal, type Evidence } from '../../scripts/verify/withdrawals-checks.ts';
import { eth, ethRequest } from '../support/withdrawals-world.ts';

const id = withdrawalIdOf('ana' as UserId, 'k' as IdempotencyKey);
const pending = newWithdrawal(ethRequest(400), { id, key: 'k' as IdempotencyKey, requiredConfirmations: 3 }, 0);
const transaction = { hash: '0x1', confirmations: 3 };
const failure = { code: 'ACCOUNT_BLOCKED', message: '', retryable: false };
const completed: Withdrawal = { ...pending, status: 'COMPLETED', transaction };
const failed: Withdrawal = { ...pending, status: 'FAILED', failure };
const reopened: Withdrawal = { ...pending, status: 'RETRYING', failure, retryCycle: 2 };
const moved = { moves: 1, moved_minor: '400', currency: 'ETH' };
const nothing = { moves: 0, moved_minor: '0', currency: 'ETH' };

const AT = '2026-01-01T00:00:00.000Z';
const hold = holdEntry(pending, AT);
const capture = captureEntry(pending, AT);
const release = releaseEntry(pending, AT);
const again = holdEntry(reopened, AT);

const found = (evidence: Evidence) => differencesInWithdrawal(id, evidence).map(({ check }) => check);

describe('the checks of a withdrawal', () => {
  it.each<[string, Evidence]>([
    ['pending', { withdrawal: pending, moved: undefined, entries: [hold] }],
    ['being sent', { withdrawal: { ...pending, status: 'PROCESSING' }, moved, entries: [hold] }],
    ['completed', { withdrawal: completed, moved, entries: [capture, hold] }],
    ['refused', { withdrawal: failed, moved: nothing, entries: [hold, release] }],
    ['reopened', { withdrawal: reopened, moved: nothing, entries: [again, hold, release] }],
    ['from an external source', { withdrawal: { ...completed, source: 'external' }, moved, entries: [] }],
  ])('find nothing when it is %s', (_what, evidence) => {
    expect(found(evidence)).toEqual([]);
  });

  it.each<[string, Evidence, string]>([
    [
      'a completed withdrawal that was not moved',
      { withdrawal: completed, moved: nothing, entries: [hold, capture] },
      'chain',
    ],
    [
      'a withdrawal that was moved twice',
      { withdrawal: completed, moved: { ...moved, moves: 2 }, entries: [hold, capture] },
      'chain',
    ],
    ['a failed withdrawal that was moved', { withdrawal: failed, moved, entries: [hold, release] }, 'chain'],
    [
      'another amount',
      { withdrawal: completed, moved: { ...moved, moved_minor: '4' }, entries: [hold, capture] },
      'chain',
    ],
    [
      'another asset',
      { withdrawal: completed, moved: { ...moved, currency: 'BTC' }, entries: [hold, capture] },
      'chain',
    ],
    ['a move without a withdrawal', { withdrawal: undefined, moved, entries: [] }, 'chain'],
    ['entries without a withdrawal', { withdrawal: undefined, moved: undefined, entries: [hold] }, 'journal'],
    ['a missing hold', { withdrawal: pending, moved: undefined, entries: [] }, 'journal'],
    ['a missing capture', { withdrawal: completed, moved, entries: [hold] }, 'journal'],
    ['a missing release', { withdrawal: failed, moved: nothing, entries: [hold] }, 'journal'],
    [
      'an open withdrawal with a release',
      { withdrawal: pending, moved: undefined, entries: [hold, release] },
      'journal',
    ],
    ['a withdrawal that was held twice', { withdrawal: pending, moved: undefined, entries: [hold, hold] }, 'journal'],
    [
      'a hold of another amount',
      { withdrawal: pending, moved: undefined, entries: [holdEntry({ ...pending, money: eth(4) }, AT)] },
      'journal',
    ],
    [
      'a hold with an external source',
      { withdrawal: { ...pending, source: 'external' }, moved, entries: [hold] },
      'journal',
    ],
  ])('find %s', (_what, evidence, check) => {
    expect(found(evidence)).toEqual([check]);
    for (const { message } of differencesInWithdrawal(id, evidence)) expect(message).toContain(id);
  });
});
