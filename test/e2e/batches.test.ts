import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Service, vendorBatch } from '../support/service.ts';

const service = new Service();
beforeAll(() => service.start());
afterAll(() => service.stop());

describe('a batch of payouts through real HTTP', () => {
  it('pays each payout once, to the last minor unit', async () => {
    await service.setBank({ mode: 'happy' });
    const created = await service.post('/batches', vendorBatch(120, 'paid'));
    expect(created.status).toBe(201);
    expect(created.headers.get('location')).toBe('/batches/paid');
    const batch = await service.finished('paid');
    expect(batch).toMatchObject({ status: 'completed', counts: { completed: 120 } });
    expect(batch.completed_totals).toEqual(batch.totals);
    expect(await service.bankAudit('paid.')).toMatchObject({ moved: 120, arrivals: 120, moved_more_than_once: 0 });
  });

  it('accepts items with PIX keys and cents', async () => {
    const items = [{ external_id: 'e-1', user_id: 'u-1', amount_cents: 1999, pix_key: 'maria@example.com' }];
    expect((await service.post('/batches', { batch_id: 'pix', items })).status).toBe(201);
    await service.finished('pix');
    const { body, text } = await service.get('/payouts/pix.0001.000001');
    expect(body).toMatchObject({ external_id: 'e-1', amount: 19.99, amount_minor: 1999, currency: 'BRL' });
    expect(text).not.toContain('maria@example.com');
  });

  it('shows which worker holds which chunk, and until when', async () => {
    await service.setBank({ mode: 'happy', latency_ms: [700, 700] });
    await service.post('/batches', vendorBatch(120, 'held'));
    const read = async () => (await service.get('/batches/held/chunks')).body.chunks;
    await expect.poll(async () => (await read()).filter(({ lease }: any) => lease).length).toBe(3);
    const held = await read();
    expect(held.map((chunk: any) => chunk.total_count)).toEqual([50, 50, 20]);
    for (const { lease, counts, total_count: total } of held) {
      expect(Date.parse(lease.until)).toBeGreaterThan(Date.now());
      expect(Object.values<number>(counts).reduce((a, b) => a + b)).toBe(total);
    }
    expect(new Set(held.map(({ lease }: any) => lease.owner)).size).toBe(3);
    await service.setBank({ mode: 'happy' });
    await service.finished('held');
    expect(await read()).toMatchObject(
      [50, 50, 20].map((completed) => ({ lease: null, counts: { completed }, dead_lettered: false })),
    );
  });

  it('never shows an account number', async () => {
    const { text } = await service.get('/batches/paid/payouts?page_size=500');
    expect(text).not.toMatch(/1002003\d{2,}/);
    expect(text).toContain('****');
  });

  it('finds payouts by one filter, or by a batch and a status, with masked accounts', async () => {
    const find = (query: string) => service.get(`/payouts?${query}`);
    const ids = ({ body }: { body: any }) => body.payouts.map((payout: any) => payout.payout_id);
    expect(ids(await find('external_id=e-1'))).toEqual(['pix.0001.000001']);
    expect((await find('external_id=e-1')).text).not.toContain('maria@example.com');
    for (const query of [
      'external_id=vendor-1',
      'transaction_id=none',
      'status=unknown',
      'batch_id=paid&status=failed',
    ]) {
      expect(await find(query)).toMatchObject({ status: 200, body: { payouts: [], next_cursor: null } });
    }
    expect(ids(await find('batch_id=paid&status=completed&limit=2'))).toEqual(['paid.0001.000001', 'paid.0001.000002']);
    const refused = [
      ...['', 'limit=5', 'status=completed', 'status=paid', 'external_id=e-1&batch_id=pix', 'batch_id=.'],
      ...[
        'external_id=e-1&status=failed',
        'external_id=e-1&transaction_id=t',
        'status=failed&cursor=eA',
        'external_id=',
      ],
    ];
    for (const query of refused) {
      expect(await find(query)).toMatchObject({ status: 400, body: { error: { code: 'VALIDATION_ERROR' } } });
    }
  });

  it('lists pages with an exact total, in the order of the request', async () => {
    const sizes = ['page_size=2', 'limit=2', 'page_size=2&limit=3', ''].map(async (query) => {
      const { body } = await service.get(`/batches/paid/payouts?${query}`);
      return [body.payouts.length, body.page_size];
    });
    expect(await Promise.all(sizes)).toEqual([
      [2, 2],
      [2, 2],
      [3, 3],
      [50, 50],
    ]);
    const pages = await Promise.all(
      [1, 2, 3].map((page) => service.get(`/batches/paid/payouts?page=${page}&page_size=50`)),
    );
    const ids = pages.flatMap(({ body }) => body.payouts.map((payout: any) => payout.external_id));
    expect(ids).toEqual(Array.from({ length: 120 }, (_, index) => `vendor-${index}`));
    expect(pages.map(({ body }) => body.total_count)).toEqual([120, 120, 120]);
    expect((await service.get('/batches/paid/payouts?status=failed')).body).toMatchObject({
      payouts: [],
      total_count: 0,
    });
  });

  it('has a report in JSON and CSV', async () => {
    const { body } = await service.get('/batches/paid/report');
    expect(body).toMatchObject({ batch_id: 'paid', failures: [], failures_by_code: [] });
    const { text, headers } = await service.get('/batches/paid/report', { Accept: 'text/csv' });
    expect(headers.get('content-type')).toContain('text/csv');
    const lines = text.trim().split('\n');
    expect(lines).toHaveLength(121);
    expect(lines[1]).toContain('paid.0001.000001,vendor-0,vendor-0,Vendor 0,10000.25,IDR,');
  });

  it('waits for start when auto_start is false', async () => {
    await service.post('/batches', { ...vendorBatch(3, 'later'), auto_start: false });
    expect((await service.get('/batches/later')).body).toMatchObject({ status: 'created', counts: { pending: 3 } });
    expect((await service.post('/batches/later/start')).status).toBe(202);
    expect(await service.finished('later')).toMatchObject({ status: 'completed' });
    expect((await service.post('/batches/later/start')).body.error.code).toBe('INVALID_STATE');
    expect((await service.post('/batches/later/stop')).body.error.code).toBe('INVALID_STATE');
  });

  it('is explained, and each payout with its timeline', async () => {
    const id = 'later.0001.000001';
    const { body } = await service.get('/batches/later/explain');
    expect(body).toMatchObject({ kind: 'batch', status: 'completed', next: null, lease: null, actions: [] });
    const payout = await service.get(`/payouts/${id}/explain`);
    const paid = [{ reference: `${id}.1`, state: 'paid' }];
    const calls = [{ asked: 'send', reference: `${id}.1`, answer: 'paid', code: null }];
    expect(payout.body).toMatchObject({ kind: 'payout', status: 'completed', references: paid, calls, next: null });
    expect(payout.text).not.toMatch(/1002003\d{2,}/);

    const timeline = async () => (await service.get(`/payouts/${id}/timeline`)).body;
    const kindsOf = ({ entries }: any) => entries.map(({ kind }: any) => kind);
    const [before, after] = ['created', 'started'].map((kind) =>
      expect.objectContaining({ kind, principal: expect.any(Object) }),
    );
    await expect
      .poll(async () => kindsOf(await timeline()).filter((kind: string) => kind === 'published').length)
      .toBe(3);
    const { entries, complete } = await timeline();
    expect(complete).toBe(true);
    expect(entries).toEqual(expect.arrayContaining([before, after]));
    const own = kindsOf({ entries }).filter((kind: string) => kind !== 'published');
    expect(own).toEqual(['created', 'started', 'sent', 'completed', 'ended']);
  });

  it('waits for its time, which can be changed until it is started', async () => {
    const at = (days: number) => new Date(Date.now() + days * 24 * 3_600_000).toISOString();
    const body = { ...vendorBatch(3, 'timed'), start_at: at(1) };
    const first = await service.post('/batches', body);
    expect(first.body).toMatchObject({ status: 'scheduled', start_at: body.start_at });
    const later = at(2);
    const change = (start_at: unknown) => service.post('/batches/timed/schedule', { start_at });
    expect(await change(later)).toMatchObject({ status: 200, body: { status: 'scheduled', start_at: later } });
    expect((await service.post('/batches', body)).text).toBe(first.text);
    const refused = [
      ...(await Promise.all([change(at(91)), change(at(-1)), change('tomorrow')])),
      await service.post('/batches', { ...vendorBatch(1, 'far'), start_at: at(91) }),
      await service.post('/batches', { ...vendorBatch(1, 'both'), start_at: at(1), auto_start: false }),
    ];
    for (const { status, body: answer } of refused) {
      expect([status, answer.error.details[0].path]).toEqual([400, 'start_at']);
    }
    expect((await service.post('/batches/timed/stop')).body.error.code).toBe('INVALID_STATE');
    expect((await service.post('/batches/timed/start')).status).toBe(202);
    expect(await service.finished('timed')).toMatchObject({ status: 'completed', started_late_seconds: 0 });
    expect((await change(at(3))).body.error.code).toBe('INVALID_STATE');
  });

  it('is only looked at by a dry run, which also answers an invalid request', async () => {
    const dry = (body: unknown, query = 'true') => service.post(`/batches?dry_run=${query}`, body);
    const fine = await dry(vendorBatch(3, 'dry'));
    expect(fine).toMatchObject({
      status: 200,
      body: { valid: true, error: null, existing: null, total_count: 3, approval: null },
    });
    expect((await service.get('/batches/dry')).status).toBe(404);
    const bad = { payouts: [{ ...vendorBatch(1).payouts[0], amount: -1, vendor_id: '' }] };
    const { status, body } = await dry(bad);
    expect([status, body.valid, body.error.code]).toEqual([200, false, 'VALIDATION_ERROR']);
    expect(body.problems.map(({ path }: { path: string }) => path)).toEqual([
      'payouts[0].vendor_id',
      'payouts[0].amount',
    ]);
    expect([(await dry(bad, 'false')).status, (await dry(bad, 'yes')).status]).toEqual([400, 400]);
    expect((await dry(vendorBatch(3, 'dry'), 'false')).status).toBe(201);
  });

  it('skips invalid entries if the request says so, and gives them back', async () => {
    const body = vendorBatch(4, 'partly');
    Object.assign(body.payouts[1] ?? {}, { amount: -1, bank_account: '99887766' });
    expect((await service.post('/batches', body)).status).toBe(400);
    const skipping = { ...body, on_invalid: 'skip' };
    const first = await service.post('/batches', skipping);
    const invalid = { path: 'payouts[1].amount', reason: 'must be greater than 0' };
    expect(first.body).toMatchObject({ total_count: 3, invalid_count: 1, invalid: [invalid] });
    expect((await service.post('/batches', skipping)).text).toBe(first.text);
    expect(await service.finished('partly')).toMatchObject({ status: 'completed', total_count: 3, invalid_count: 1 });
    expect((await service.get('/batches/partly/report')).body).toMatchObject({ invalid_count: 1, invalid: [invalid] });
    const { text, headers } = await service.get('/batches/partly/rejected.csv');
    expect(headers.get('content-type')).toContain('text/csv');
    expect(text.trim().split('\n').slice(1)).toEqual([
      "vendor-1,Vendor 1,,'-1,PHP,99887766,Bank Mandiri,txn-1,,amount must be greater than 0",
    ]);
    expect((await service.get('/batches/none/rejected.csv')).status).toBe(404);
  });

  it('retries only retryable failures', async () => {
    await service.setBank({ mode: 'declined', code: 'INSUFFICIENT_FUNDS' });
    await service.post('/batches', vendorBatch(30, 'poor'));
    expect(await service.finished('poor')).toMatchObject({ status: 'failed', retryable_failures: 30 });
    await service.setBank({ mode: 'happy' });
    expect((await service.post('/batches/poor/retry-failed')).body).toMatchObject({
      reopened_count: 30,
      requeued: 30,
      run: 2,
    });
    expect(await service.finished('poor')).toMatchObject({ status: 'completed', counts: { completed: 30 } });
    expect((await service.post('/batches/poor/retry-failed')).body).toMatchObject({ reopened_count: 0 });

    await service.setBank({ mode: 'declined', code: 'INVALID_BANK_ACCOUNT' });
    await service.post('/batches', vendorBatch(3, 'wrong'));
    await service.finished('wrong');
    await service.setBank({ mode: 'happy' });
    expect((await service.post('/batches/wrong/retry-failed')).body).toMatchObject({
      status: 'failed',
      reopened_count: 0,
    });
  });
});

describe('a repeated request', () => {
  it('makes one batch from 50 requests at once, and answers them consistently', async () => {
    await service.setBank({ mode: 'happy' });
    const body = vendorBatch(200, 'same');
    const answers = await Promise.all(Array.from({ length: 50 }, () => service.post('/batches', body)));
    const made = answers.filter(({ status }) => status === 201);
    expect(made.length).toBeGreaterThan(0);
    expect(new Set(made.map(({ text }) => text)).size).toBe(1);
    expect(made.filter(({ headers }) => headers.get('idempotent-replayed') !== 'true')).toHaveLength(1);
    for (const { status, body: answer, headers } of answers.filter(({ status }) => status !== 201)) {
      expect([status, answer.error.code]).toEqual([409, 'REQUEST_IN_PROGRESS']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    await service.finished('same');
    expect(await service.bankAudit('same.')).toMatchObject({ moved: 200, moved_more_than_once: 0 });
    const again = await service.post('/batches', body);
    expect([again.status, again.text]).toEqual([201, made[0]?.text]);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('is refused with 422 if its body differs', async () => {
    const answer = await service.post('/batches', vendorBatch(201, 'same'));
    expect([answer.status, answer.body.error.code]).toEqual([422, 'IDEMPOTENCY_MISMATCH']);
  });

  it('is recognised by its Idempotency-Key when it has no batch id', async () => {
    const send = (size: number) => service.post('/batches', vendorBatch(size), { 'Idempotency-Key': 'order 4711' });
    const [first, second] = [await send(2), await send(2)];
    expect(second.text).toBe(first.text);
    expect((await send(3)).status).toBe(422);
  });

  it('makes a new batch each time without batch id and key', async () => {
    const [first, second] = await Promise.all([
      service.post('/batches', vendorBatch(1)),
      service.post('/batches', vendorBatch(1)),
    ]);
    expect(first.body.batch_id).not.toBe(second.body.batch_id);
  });
});
