import { describe, expect, it } from 'vitest';
import { billOf, type Operation, PRICES, usageOf } from '../../scripts/bench/bill.ts';
import { type Limits, limitOf } from '../../scripts/bench/calibration.ts';
import { between, type Counts } from '../../scripts/bench/meter.ts';

const NONE: Counts = { requests: {}, itemWrites: 0, httpRequests: 0, triggered: 0, cpuMs: 0, logBytes: 0 };

describe('the bill of an operation', () => {
  it('is usage times list price, per million', () => {
    const counts: Counts = {
      ...NONE,
      units: { written: { wallets: 160, 'wallets/gsi1': 40 }, read: { wallets: 30 } },
      requests: {
        TransactWriteItemsCommand: 20,
        SendMessageBatchCommand: 10,
        EmptyReceive: 99,
        PublishBatchCommand: 5,
      },
      httpRequests: 10,
      triggered: 5,
    };
    const payment: Operation = { operation: 'payment', many: 10, counts };
    expect(usageOf(payment)).toMatchObject({ writeUnits: 20, readUnits: 3, sqsRequests: 1, snsRequests: 0.5 });
    expect(billOf(payment)).toMatchObject({
      writeUnits: 20 * PRICES.writeUnits,
      invocations: 1.5 * PRICES.invocations,
    });
  });

  it('of Lambda is processor time at its memory size, and the assumed waiting', () => {
    const counts: Counts = { ...NONE, cpuMs: 10, requests: { GetItemCommand: 2 } };
    expect(usageOf({ operation: 'read', many: 1, counts }).lambdaMs).toBeCloseTo((10 * 1_769) / 1_024 + 2 * 5);
  });
});

describe('between two readings of the meter', () => {
  it('is what came in addition, also under new names', () => {
    const before: Counts = { ...NONE, itemWrites: 5, requests: { QueryCommand: 3 } };
    const after: Counts = { ...NONE, itemWrites: 9, requests: { QueryCommand: 4, PutItemCommand: 2 } };
    expect(between(before, after)).toEqual({
      ...NONE,
      itemWrites: 4,
      requests: { QueryCommand: 1, PutItemCommand: 2 },
    });
  });
});

describe('the limit of a load', () => {
  const limits: Limits = {
    transactions: 1_000,
    items: 10_000,
    batchItems: 5_000,
    httpRequests: 4_000,
    bankCalls: 5_000,
  };

  it('is the one of which it takes the largest share', () => {
    const counts: Counts = {
      ...NONE,
      requests: { TransactWriteItemsCommand: 500 },
      itemWrites: 2_000,
      httpRequests: 200,
    };
    expect(limitOf(limits, { counts, seconds: 2 })).toEqual({ limit: 'DynamoDB transactions/s', '% of limit': 25 });
    expect(limitOf(limits, { counts, seconds: 2, bankCalls: 5_000 })).toMatchObject({ '% of limit': 50 });
  });
});
