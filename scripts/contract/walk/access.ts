import type { Recorder } from '../recorder.ts';

const keyed = (key: string) => ({ 'Idempotency-Key': key });

export async function walkAccess(recorder: Recorder): Promise<void> {
  const payroll = {
    name: 'payroll',
    person: 'ana@example.com',
    scopes: ['payouts:read', 'payouts:write'],
    limits: { requests_per_second: 50, burst: 100, max_per_day: { IDR: 5_000_000_000 } },
    expires_at: '2099-12-31T00:00:00Z',
  };
  const made = { headers: keyed('key-payroll'), body: payroll };
  const { json } = await recorder.ask('createKey', 201, made);
  await recorder.ask('createKey', 201, made);
  const one = { params: { key_id: json.key_id } };
  const own = { 'X-API-Key': json.secret };
  await recorder.ask('getOwnKey', 200, { headers: own });
  const { headers: answered } = await recorder.ask('openSession', 201, { headers: own });
  const [, token = ''] = /^sluice_session=([^;]+)/.exec(answered.get('set-cookie') ?? '') ?? [];
  await recorder.ask('getSession', 200, { headers: { 'X-API-Key': token } });
  await recorder.ask('openSession', 403, { headers: { 'X-API-Key': token } });
  await recorder.ask('closeSession', 204, { headers: { 'X-API-Key': token } });
  await recorder.ask('closeSession', 404, { headers: own });
  await recorder.ask('getKey', 200, one);
  await recorder.ask('listKeys', 200, { query: { limit: '1' } });
  await recorder.ask('listKeys', 403, { headers: own });
  const payout = { vendor_id: 'vendor-1', vendor_name: 'Toko Maju', amount: 60_000_000, currency: 'IDR' };
  const account = { bank_account: '1234567890', bank_name: 'BCA', transaction_ids: [] };
  await recorder.ask('createBatch', 409, { headers: own, body: { payouts: [{ ...payout, ...account }] } });
  const { person: _, ...changed } = { ...payroll, limits: { max_per_day: { IDR: 9_000_000_000 } } };
  await recorder.ask('changeKey', 200, { ...one, body: changed });
  await recorder.ask('rotateOwnKey', 200, { headers: { ...own, ...keyed('rotate-payroll-1') }, body: {} });
  await recorder.ask('rotateKey', 200, {
    ...one,
    headers: keyed('rotate-payroll-2'),
    body: { overlap_seconds: 3_600 },
  });
  await recorder.ask('revokeKey', 200, one);
  await recorder.ask('changeKey', 409, { ...one, body: changed });
  const { json: self } = await recorder.send('getOwnKey');
  await expectLastAdministrator(recorder, self.key_id);
  await recorder.ask('revokeKey', 409, { params: { key_id: self.key_id } });
}

/** Otherwise the next request would revoke the key of the walk itself. */
async function expectLastAdministrator(recorder: Recorder, own: string): Promise<void> {
  const { json } = await recorder.send('listKeys', { query: { limit: '500' } });
  const others = (json.keys as { key_id: string; status: string; scopes: string[] }[]).filter(
    ({ key_id, status, scopes }) => key_id !== own && status === 'active' && scopes.includes('admin'),
  );
  if (others.length > 0) throw new Error(`Other keys have the scope admin: ${others.map(({ key_id }) => key_id)}`);
}
