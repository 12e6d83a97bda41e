import type { Asked, Recorder } from '../recorder.ts';

const BATCH = 'bonus-2026-11-20';

/** Batches in yen need a second person. No other example pays in yen. At the end there are no rules, as before. */
export async function walkApprovals(recorder: Recorder): Promise<void> {
  const strict = { approvers: 1, lapses_after_hours: 24 };
  const rules = [
    { kind: 'batch', currency: 'JPY', total_from_minor: '1000000', ...strict },
    { kind: 'deny_list_removal', ...strict },
  ];
  await recorder.ask('setApprovalPolicy', 200, { body: { rules } });
  await recorder.ask('getApprovalPolicy', 200);
  const approver = { name: 'approver', person: 'ben@example.com', scopes: ['payouts:approve'] };
  const made = await recorder.send('createKey', { headers: { 'Idempotency-Key': 'key-approver' }, body: approver });
  const by = { 'X-API-Key': made.json.secret };
  const { json: withdrawal } = await recorder.ask('setApprovalPolicy', 202, { body: { rules: [] } });
  await walkKeys(recorder, by);

  const first = { params: { approval_id: await asked(recorder, BATCH) } };
  const { json } = await recorder.ask('getApproval', 200, { ...first, headers: by });
  const decision = { reason: 'Agrees with the list of the sales team.', digest: json.digest };
  await recorder.ask('approve', 403, { ...first, body: decision });
  await recorder.ask('approve', 200, { ...first, headers: by, body: decision });
  const second = { params: { approval_id: await asked(recorder, `${BATCH}-2`) }, headers: by };
  await recorder.ask('reject', 200, { ...second, body: { reason: 'It was paid yesterday.' } });
  await recorder.ask('approve', 409, { ...second, body: decision });
  await recorder.ask('listApprovals', 200, { headers: by, query: { status: 'approved', limit: '2' } });
  await askToAllow(recorder);
  await approve(recorder, { params: { approval_id: withdrawal.approval_id }, headers: by }, 'The rules are withdrawn.');
  await recorder.send('revokeKey', { params: { key_id: made.json.key_id } });
}

/** Not as an example. */
async function approve(recorder: Recorder, approval: Asked, reason: string): Promise<void> {
  const { json: waiting } = await recorder.send('getApproval', approval);
  const { status, text } = await recorder.send('approve', { ...approval, body: { reason, digest: waiting.digest } });
  if (status !== 200) throw new Error(`approve answered ${status}: ${text}`);
}

async function askToAllow(recorder: Recorder): Promise<void> {
  const params = { network: 'ethereum', address: '0x8617E340B3D01FA5F11F306F4090FD50E238070D' };
  for (;;) {
    await recorder.send('denyAddress', { params, body: { reason: 'Listed by OFAC' } });
    const { json } = await recorder.send('allowAddress', { params });
    if (json?.approval_id) break;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
  await recorder.ask('allowAddress', 202, { params });
}

/** Keys that can decide, and higher limits. */
async function walkKeys(recorder: Recorder, by: { 'X-API-Key': string }): Promise<void> {
  const operator = { name: 'operator', person: 'cleo@example.com', scopes: ['operations'] };
  const made = await recorder.send('createKey', { headers: { 'Idempotency-Key': 'key-operator' }, body: operator });
  const approval = { params: { approval_id: made.json.approval_id }, headers: by };
  await approve(recorder, approval, 'Cleo joins the team on duty.');
  const one = { params: { key_id: made.json.key_id } };
  const { person: _, ...changed } = { ...operator, scopes: ['operations', 'payouts:approve'] };
  await recorder.ask('changeKey', 202, { ...one, body: changed });
  await recorder.send('revokeKey', one);
}

/** @returns the approval that a new batch waits for. Rules hold after ten seconds at the latest. */
async function asked(recorder: Recorder, name: string): Promise<string> {
  for (let nth = 1; ; nth += 1) {
    const payout = { vendor_id: 'sato', vendor_name: 'Sato Hanako', amount: 1_200_000, currency: 'JPY' };
    const account = { bank_account: '1234567', bank_name: 'MUFG Bank', transaction_ids: [] };
    const body = { batch_id: `${name}-${nth}`, auto_start: false, payouts: [{ ...payout, ...account }] };
    const { json } = await recorder.send('createBatch', { body });
    if (json.approval_id) return json.approval_id;
    await new Promise((resolve) => setTimeout(resolve, 1_000));
  }
}
