import { describe, expect, it } from 'vitest';
import { givenABank } from './bank-caller.ts';

describe('a malformed request to the mock bank', () => {
  it.each([
    ['reference', ''],
    ['reference', undefined],
    ['instruction', 7],
    ['amount_minor', 150050],
    ['amount_minor', '-1'],
    ['amount_minor', '0'],
    ['amount_minor', '1.5'],
    ['currency', 'idr'],
    ['destination', '0012345678'],
    ['destination', null],
  ])('is refused with 400 that names %s when it is %j', async (field, value) => {
    const bank = await givenABank();
    const { status, text, body } = await bank.pay('p1.1', { [field]: value });
    expect([status, body]).toEqual([
      400,
      { status: 'error', code: 'BAD_REQUEST', message: expect.stringMatching(`^${field}: `) },
    ]);
    expect(text).not.toContain('0012345678');
    expect((await bank.request('GET', '/audit')).body.arrivals).toBe(0);
  });

  it.each([
    ['not JSON', '{"destination": "0012345678"'],
    ['not an object', '[]'],
    ['too large', JSON.stringify({ reference: 'x'.repeat(70_000) })],
    ['nothing', ''],
  ])('is refused with 400 without quoting the body when the body is %s', async (_, body) => {
    const bank = await givenABank();
    const answer = await bank.request('POST', '/transfers', body);
    expect(answer).toMatchObject({ status: 400, body: { status: 'error', code: 'BAD_REQUEST' } });
    expect(answer.text).not.toContain('0012345678');
  });

  it('is refused with a 404 that differs from the look-up answer when the endpoint is unknown', async () => {
    const bank = await givenABank();
    for (const path of ['/', '/transfers', '/transfers/', '/transfers/a/b', '/refunds/a']) {
      expect(await bank.request('GET', path)).toMatchObject({ status: 404, body: { status: 'error' } });
    }
    expect((await bank.request('GET', '/transfers/%E0%A4%A')).status).toBe(400);
  });

  it('does not affect the health of the bank', async () => {
    const bank = await givenABank();
    await bank.request('POST', '/transfers', '{');
    expect(await bank.request('GET', '/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});
