import { expect, it } from 'vitest';
import { bytesOf } from '../../lib/aws/item-size.ts';
import type { IdempotencyKey } from '../../lib/kernel/idempotency.ts';
import type { UserId } from '../../lib/ledger/entry.ts';
import { captureEntry } from '../../lib/withdrawals/entries.ts';
import { withdrawalIdOf } from '../../lib/withdrawals/ids.ts';
import { sealWithdrawal, withdrawalItem } from '../../lib/withdrawals/items.ts';
import { newWithdrawal, type Withdrawal, withCalls } from '../../lib/withdrawals/withdrawal.ts';
import { SECRETS } from '../support/secrets.ts';
import { eth, ethRequest } from '../support/withdrawals-world.ts';

const AT = Date.parse('2026-11-20T10:00:00.000Z');
const WRITE_UNIT = 1_024;
const CHARACTERS = 50;

/** The longest address of each kind with its longest hash, and of the amounts in use. */
const LONGEST = { 'ethereum and its kind': [42, 66], bitcoin: [62, 64], solana: [44, 88], tron: [34, 64] } as const;

it.each(Object.entries(LONGEST))(
  'a completed withdrawal of a user id and a key of 50 characters each takes one write unit: %s',
  async (_, [addressLength, hashLength]) => {
    const [userId, key] = ['u'.repeat(CHARACTERS) as UserId, 'k'.repeat(CHARACTERS) as IdempotencyKey];
    const request = ethRequest(0, { userId, money: eth(10n ** 20n), address: 'a'.repeat(addressLength) });
    const own = { id: withdrawalIdOf(userId, key), key, requiredConfirmations: 100 };
    const ended = {
      ...newWithdrawal(request, own, AT),
      ...{ status: 'COMPLETED', version: 10, attempts: 1, updatedAt: new Date(AT).toISOString() },
      transaction: { hash: 'h'.repeat(hashLength), confirmations: 100 },
    } as Withdrawal;
    const captured = { ...ended, capture: captureEntry(ended, ended.updatedAt) } as Withdrawal;
    const called = withCalls(captured, captured.reference, [{ asked: 'send', answer: 'paid' }], AT);
    const item = withdrawalItem(sealWithdrawal(await SECRETS.sealer('withdrawals'), called));
    expect(item.history).toBeDefined();
    expect(bytesOf(item)).toBeLessThanOrEqual(WRITE_UNIT);
  },
);
