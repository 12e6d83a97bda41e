import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../localstack/bank/database.ts';
import { Ledger } from '../../localstack/bank/ledger.ts';
import { eventually, givenABank } from './bank-caller.ts';

const FOREVER = [60_000, 60_000];

/** Sends without waiting for the answer; the bank closes the connection when the test ends. */
function ignore(answer: Promise<unknown>): void {
  answer.catch(() => undefined);
}

describe('a look-up at the mock bank', () => {
  it('returns not_found with 404 for a reference that has not arrived', async () => {
    const bank = await givenABank();
    expect(await bank.request('GET', '/transfers/p1.1')).toMatchObject({
      status: 404,
      body: { reference: 'p1.1', status: 'not_found' },
    });
  });

  it('returns processing from the arrival until the outcome, also after the client has left', async () => {
    const bank = await givenABank({ latency_ms: FOREVER });
    const sender = new AbortController();
    ignore(bank.pay('p1.1', {}, 'transfers', sender.signal));
    await eventually(async () => (await bank.standing('p1.1')) === 'processing');
    expect(await bank.moves('p1')).toBe(0);

    sender.abort();
    expect(await bank.standing('p1.1')).toBe('processing');
  });

  it('never returns not_found for an arrival before its commit', async () => {
    const ledger = new Ledger(openDatabase(':memory:'), Date.now);
    onTestFinished(() => ledger.close());
    const instruction = {
      kind: 'transfers',
      reference: 'p1.1',
      instruction: 'p1',
      amountMinor: '1',
      currency: 'IDR',
    } as const;
    const recorded = ledger.record(instruction, null, {
      isImmediate: false,
      rejectDuplicates: false,
      plan: { blockMs: 0, reorg: null },
    });
    expect(ledger.lookUp('transfers', 'p1.1')).toEqual({ status: 'processing' });
    await recorded;
  });

  it('returns completed once the money has moved, although the client left before', async () => {
    const bank = await givenABank({ latency_ms: [200, 200] });
    const sender = new AbortController();
    ignore(bank.pay('p1.1', {}, 'transfers', sender.signal));
    await eventually(async () => (await bank.standing('p1.1')) !== 'not_found');
    sender.abort();
    await eventually(async () => (await bank.standing('p1.1')) === 'completed');
  });

  it('returns the last refusal, then processing, then completed as a reference arrives repeatedly', async () => {
    const bank = await givenABank({ mode: 'declined' });
    await bank.pay('p1.1');
    await bank.behave({ code: 'ACCOUNT_BLOCKED' });
    await bank.pay('p1.1');
    expect(await bank.standing('p1.1')).toBe('ACCOUNT_BLOCKED');

    await bank.behave({ mode: 'happy', latency_ms: FOREVER });
    ignore(bank.pay('p1.1'));
    await eventually(async () => (await bank.standing('p1.1')) === 'processing');

    await bank.behave({ latency_ms: [0, 0] });
    await bank.pay('p1.1');
    expect(await bank.standing('p1.1')).toBe('completed');

    await bank.behave({ mode: 'declined' });
    await bank.pay('p1.1');
    expect(await bank.standing('p1.1')).toBe('completed');
  });

  it('separates the rails, and accepts any character in a reference', async () => {
    const bank = await givenABank();
    await bank.pay('a/b c?ü%.1');
    expect(await bank.standing('a/b c?ü%.1')).toBe('completed');
    expect(await bank.standing('a/b c?ü%.1', 'charges')).toBe('not_found');
  });

  it('returns 503 without a body while look-ups are down; payments continue', async () => {
    const bank = await givenABank({ lookups: 'down' });
    expect((await bank.pay('p1.1')).status).toBe(201);
    expect(await bank.request('GET', '/transfers/p1.1')).toMatchObject({ status: 503, text: '' });
    await bank.behave({ lookups: 'ok' });
    expect(await bank.standing('p1.1')).toBe('completed');
  });
});
