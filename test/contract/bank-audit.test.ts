import { describe, expect, it } from 'vitest';
import { givenABank } from './bank-caller.ts';

describe('the audit of the mock bank', () => {
  it('shows a payment made twice under one reference', async () => {
    const bank = await givenABank();
    const first = await bank.pay('p1.1');
    const second = await bank.pay('p1.1');
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.bank_id).not.toBe(first.body.bank_id);

    expect((await bank.request('GET', '/audit/instructions')).body).toEqual({
      instructions: [
        {
          ...{ instruction: 'p1', moves: 2, moved_minor: '300100', returned_minor: '0', currency: 'IDR' },
          ...{ attempts: 2, references: ['p1.1'] },
        },
      ],
      next: null,
    });
    expect((await bank.request('GET', '/audit')).body).toEqual({
      instructions: 1,
      arrivals: 2,
      moved: 1,
      moved_more_than_once: 1,
      totals: { IDR: '300100' },
    });
  });

  it('shows a payment made twice under two references', async () => {
    const bank = await givenABank();
    await Promise.all([bank.pay('p1.1'), bank.pay('p1.2')]);
    expect(await bank.moves('p1')).toBe(2);
  });

  it('moves nothing for a rejected duplicate, and keeps the first outcome', async () => {
    const bank = await givenABank({ duplicates: 'reject', mode: 'declined' });
    await bank.pay('refused.1');
    await bank.behave({ mode: 'happy' });
    const answers = await Promise.all(Array.from({ length: 10 }, () => bank.pay('paid.1')));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);

    expect(await bank.pay('refused.1')).toMatchObject({
      status: 409,
      body: { reference: 'refused.1', status: 'refused', code: 'DUPLICATE_REFERENCE' },
    });
    expect([await bank.standing('paid.1'), await bank.standing('refused.1')]).toEqual([
      'completed',
      'INVALID_BANK_ACCOUNT',
    ]);
    expect([await bank.moves('paid'), await bank.moves('refused')]).toEqual([1, 0]);
  });

  it('sums amounts past 2^64 exactly, per currency, and counts a refused instruction without moving it', async () => {
    const bank = await givenABank();
    await bank.pay('a.1', { amount_minor: '20000000000000000001', currency: 'ETH' }, 'broadcasts');
    await bank.pay('b.1', { amount_minor: '20000000000000000002', currency: 'ETH' }, 'broadcasts');
    await bank.pay('c.1');
    await bank.behave({ mode: 'declined' });
    await bank.pay('d.1');

    const { body } = await bank.request('GET', '/audit');
    expect(body).toMatchObject({ instructions: 4, arrivals: 4, moved: 3, moved_more_than_once: 0 });
    expect(body.totals).toEqual({ ETH: '40000000000000000003', IDR: '150050' });
    const broadcasts = await bank.request('GET', '/audit?kind=broadcasts');
    expect(broadcasts.body).toMatchObject({ instructions: 2, totals: { ETH: '40000000000000000003' } });
  });

  it('pages through the instructions with a prefix, each once and in order', async () => {
    const bank = await givenABank();
    const wanted = Array.from({ length: 25 }, (_, index) => `B1#${String(index).padStart(4, '0')}`);
    await Promise.all([...wanted, 'B0#0001', 'B10#0001', 'C'].map((instruction) => bank.pay(`${instruction}.1`)));

    const seen: string[] = [];
    for (let after: string | null = ''; after !== null; ) {
      const query = new URLSearchParams({ prefix: 'B1#', after, limit: '10' });
      const { body } = await bank.request('GET', `/audit/instructions?${query}`);
      seen.push(...(body.instructions as { instruction: string }[]).map(({ instruction }) => instruction));
      after = body.next as string | null;
    }
    expect(seen).toEqual(wanted);
    expect((await bank.request('GET', '/audit?prefix=B1%23')).body).toMatchObject({ instructions: 25, moved: 25 });
  });

  it('refuses unknown parameters by name', async () => {
    const bank = await givenABank();
    for (const [query, field] of [
      ['/audit?kind=gift', 'kind'],
      ['/audit?prefx=a', 'prefx'],
      ['/audit/instructions?limit=0', 'limit'],
      ['/audit/instructions?limit=5001', 'limit'],
      ['/audit/instructions?limit=ten', 'limit'],
    ] as const) {
      const { status, body } = await bank.request('GET', query);
      expect([status, body.message]).toEqual([400, expect.stringContaining(field)]);
    }
  });

  it('is empty after a reset of the ledger, which keeps the settings', async () => {
    const bank = await givenABank({ seed: 7 });
    const { body: before } = await bank.pay('p1.1');
    expect((await bank.request('DELETE', '/ledger')).status).toBe(204);
    const nothing = { instructions: 0, arrivals: 0, moved: 0, moved_more_than_once: 0, totals: {} };
    expect((await bank.request('GET', '/audit')).body).toEqual(nothing);
    expect(await bank.standing('p1.1')).toBe('not_found');
    expect((await bank.request('GET', '/mode')).body.seed).toBe(7);
    expect((await bank.pay('p1.1')).body.bank_id).not.toBe(before.bank_id);
  });
});
