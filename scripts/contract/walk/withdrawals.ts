import type { Recorder } from '../recorder.ts';

const ONE_ETHER = 10n ** 18n;
const ANA = {
  user_id: 'ana',
  asset: 'ETH',
  amount: `${(ONE_ETHER * 3n) / 2n}`,
  network: 'ethereum',
  destination_address: '0x52908400098527886E0F7030069857D2E4169EE7',
};
const DENIED = { network: 'ethereum', address: '0x8617E340B3D01FA5F11F306F4090FD50E238070D' };

/** ana has a wallet: walk/wallets.ts. */
export async function walkWithdrawals(recorder: Recorder): Promise<void> {
  const deposit = { amount: `${10n * ONE_ETHER}`, currency: 'ETH' };
  await recorder.ask('createDeposit', 201, {
    params: { user_id: 'ana' },
    headers: { 'Idempotency-Key': 'topup-8842' },
    body: deposit,
  });
  await recorder.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
  const wanted = { ...ANA, idempotency_key: 'wd-2026-11-20-1' };
  const created = await recorder.ask('createWithdrawal', 201, { body: wanted });
  const { withdrawal_id } = created.json.withdrawal;
  const one = { params: { withdrawal_id } };
  await recorder.askUntil('getWithdrawal', ({ withdrawal }) => withdrawal.status === 'FAILED', one);
  await recorder.ask('explainWithdrawal', 200, one);
  await recorder.setBank({ mode: 'happy' });
  await recorder.ask('retryWithdrawal', 200, one);
  await recorder.askUntil('getWithdrawal', ({ withdrawal }) => withdrawal.status === 'COMPLETED', one);
  await recorder.ask('listWithdrawalEntries', 200, one);
  await recorder.ask('getWithdrawalTimeline', 200, one);
  await recorder.ask('createWithdrawal', 200, { body: wanted });
  await recorder.ask('getWithdrawalByKey', 200, { params: { key: wanted.idempotency_key }, query: { user_id: 'ana' } });
  await recorder.ask('listOpenWithdrawals', 200, { query: { part: 'dead' } });
  await recorder.ask('listWithdrawals', 200, { query: { user_id: 'ana' } });
  await recorder.ask('retryWithdrawal', 409, one);
  await recorder.ask('getWithdrawal', 404, { params: { withdrawal_id: 'wdr_unknown' } });
  await walkDenyList(recorder);
  await recorder.ask('getProcessorStats', 200);
  await recorder.ask('stopProcessor', 200);
  await recorder.ask('startProcessor', 200);
  await recorder.ask('redriveWithdrawals', 200);
  await walkRpc(recorder, withdrawal_id);
}

async function walkDenyList(recorder: Recorder): Promise<void> {
  await recorder.ask('denyAddress', 201, { params: DENIED, body: { reason: 'Listed by OFAC' } });
  await recorder.ask('denyAddress', 200, { params: DENIED, body: { reason: 'Listed by OFAC, 2026-11-20' } });
  await recorder.ask('listDeniedAddresses', 200, { query: { network: DENIED.network } });
  const body = { ...ANA, idempotency_key: 'wd-2026-11-20-2', destination_address: DENIED.address };
  await recorder.ask('createWithdrawal', 403, { body });
  await recorder.ask('rpcCreateWithdrawal', 403, { body: inProto(body) });
  await recorder.ask('allowAddress', 204, { params: DENIED });
}

/** With the names of JSON in protobuf. */
function inProto({ user_id, destination_address, idempotency_key, ...same }: typeof ANA & { idempotency_key: string }) {
  return { ...same, userId: user_id, destinationAddress: destination_address, idempotencyKey: idempotency_key };
}

async function walkRpc(recorder: Recorder, withdrawalId: string): Promise<void> {
  const body = inProto({ ...ANA, idempotency_key: 'wd-2026-11-20-3' });
  const { userId, idempotencyKey } = body;
  await recorder.ask('rpcCreateWithdrawal', 200, { body });
  await recorder.ask('rpcGetWithdrawal', 200, { body: { withdrawalId } });
  await recorder.ask('rpcGetWithdrawalByKey', 200, { body: { userId, idempotencyKey } });
  await recorder.ask('rpcListWithdrawals', 200, { body: { userId, pageSize: 1 } });
  await recorder.ask('rpcStopProcessor', 200, { body: {} });
  await recorder.ask('rpcStartProcessor', 200, { body: {} });
  await recorder.ask('rpcGetProcessorStats', 200, { body: {} });
  await retryOverRpc(recorder);
  await recorder.ask('rpcGetWithdrawal', 404, { body: { withdrawalId: 'wdr_unknown' } });
  await recorder.ask('rpcCreateWithdrawal', 400, { body: { ...body, amount: '-1' } });
  await recorder.ask('rpcCreateWithdrawal', 409, { body: { ...body, amount: `${ONE_ETHER}` } });
  const tooMuch = { ...body, idempotencyKey: 'wd-2026-11-20-5', amount: `${100n * ONE_ETHER}` };
  await recorder.ask('rpcCreateWithdrawal', 400, { body: tooMuch });
  await recorder.ask('rpcRetryWithdrawal', 400, { body: { withdrawalId } });
}

async function retryOverRpc(recorder: Recorder): Promise<void> {
  await recorder.setBank({ mode: 'declined', code: 'INVALID_BANK_ACCOUNT' });
  const created = await recorder.send('createWithdrawal', { body: { ...ANA, idempotency_key: 'wd-2026-11-20-4' } });
  const { withdrawal_id: withdrawalId } = created.json.withdrawal;
  const one = { params: { withdrawal_id: withdrawalId } };
  await recorder.askUntil('getWithdrawal', ({ withdrawal }) => withdrawal.status === 'FAILED', one);
  await recorder.setBank({ mode: 'happy' });
  await recorder.ask('rpcRetryWithdrawal', 200, { body: { withdrawalId } });
}
