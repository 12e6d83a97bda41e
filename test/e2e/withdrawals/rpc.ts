import { Code, ConnectError } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import { ProcessorStatus, WithdrawalSource, WithdrawalStatus } from '../../../gen/withdrawal/v1/withdrawal_pb.js';
import { expectError } from '../../support/expect-error.ts';
import type { Service } from '../../support/service.ts';
import { ADDRESS, WEI, type WithdrawalRequests, wanted } from '../../support/withdrawal-requests.ts';
import { errorOf, rpcClient } from '../../support/withdrawals-client.ts';

/** One table for REST and RPC: changes of the request and the expected answer. */
const CASES: readonly [what: string, changes: Record<string, unknown>, code: string, ...fields: string[]][] = [
  ['a withdrawal', {}, 'OK'],
  ['source external', { source: 'external' }, 'OK'],
  ['one of 78 digits', { source: 'external', amount: '9'.repeat(78) }, 'VALIDATION_ERROR', 'amount'], // above ether's limit
  ['79 digits', { amount: '9'.repeat(79) }, 'VALIDATION_ERROR', 'amount'],
  ['1e3', { amount: '1e3' }, 'VALIDATION_ERROR', 'amount'],
  ['-1', { amount: '-1' }, 'VALIDATION_ERROR', 'amount'],
  ['0', { amount: '0' }, 'VALIDATION_ERROR', 'amount'],
  ['1.5', { amount: '1.5' }, 'VALIDATION_ERROR', 'amount'],
  ['less than the minimum', { amount: '1' }, 'VALIDATION_ERROR', 'amount'],
  ['more than the wallet has', { amount: `${11n * WEI}` }, 'INSUFFICIENT_FUNDS', 'amount'],
  ['a user without a wallet', { user_id: 'unknown' }, 'NOT_FOUND'],
  ['an unknown asset', { asset: 'DOGE' }, 'VALIDATION_ERROR', 'asset'],
  ['an unknown network', { network: 'moon' }, 'VALIDATION_ERROR', 'network'],
  ['a network without the asset', { network: 'tron' }, 'VALIDATION_ERROR', 'network', 'destination_address'],
  ['a wrong checksum', { destination_address: ADDRESS.replace('E7', 'e7') }, 'VALIDATION_ERROR', 'destination_address'],
  ['11 retries', { max_retries: 11 }, 'VALIDATION_ERROR', 'max_retries'],
  ['a key of 255 characters', { idempotency_key: 'k'.repeat(255) }, 'OK'],
  ['a key of 256 characters', { idempotency_key: 'k'.repeat(256) }, 'VALIDATION_ERROR', 'idempotency_key'],
  ['a key in any script', { idempotency_key: 'ключ-鍵-🔑-é' }, 'OK'],
  ['a key of 255 characters, each of two units', { idempotency_key: '🔑'.repeat(255) }, 'OK'],
  ['a key of 256 of them', { idempotency_key: '🔑'.repeat(256) }, 'VALIDATION_ERROR', 'idempotency_key'],
  ['a key with a line end', { idempotency_key: 'a\nb' }, 'VALIDATION_ERROR', 'idempotency_key'],
  ['an invalid user id', { user_id: 'a#b' }, 'VALIDATION_ERROR', 'user_id'],
];

/** Runs on the service of withdrawals.test.ts. */
export function testRpc(service: Service, { givenAUser, withdraw, read, ended }: WithdrawalRequests): void {
  it('has no other procedures over RPC', async () => {
    expectError(await service.post('/withdrawal.v1.WithdrawalService/Nonsense', {}), 404, 'NOT_FOUND');
  });

  describe.each(['JSON', 'binary'] as const)('over RPC, in %s', (format) => {
    const rpc = () => rpcClient(service, format);
    const inProto = ({ source, ...body }: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries({
          ...body,
          source: source === 'external' ? WithdrawalSource.EXTERNAL : WithdrawalSource.UNSPECIFIED,
        }).map(([name, value]) => [name.replace(/_(\w)/g, (_match, letter: string) => letter.toUpperCase()), value]),
      );

    it.each(CASES)('%s is answered as over REST', async (_what, changes, code, ...fields) => {
      const user = await givenAUser();
      const body = wanted(user, changes);
      const rest = await withdraw(body);
      if (code !== 'OK') {
        expect(await errorOf(rpc().withdrawals.createWithdrawal(inProto(body)))).toEqual({ code, fields });
        expectError(rest, rest.status, code, ...fields);
        return;
      }
      const { withdrawal, alreadyExists } = await rpc().withdrawals.createWithdrawal(inProto(body));
      expect(rest.status).toBe(201);
      expect([withdrawal?.withdrawalId, alreadyExists]).toEqual([rest.body.withdrawal.withdrawal_id, true]);
      const other = rpc().withdrawals.createWithdrawal({ ...inProto(body), amount: '2000000000000000000' });
      expect(await errorOf(other)).toEqual({ code: 'IDEMPOTENCY_MISMATCH', fields: [] });
      const key = encodeURIComponent(body.idempotency_key);
      const byKey = await service.get(`/withdrawals/by-key/${key}?user_id=${user}`);
      expect(byKey.body.withdrawal.withdrawal_id).toBe(withdrawal?.withdrawalId);
      const found = await rpc().withdrawals.getWithdrawalByKey({ userId: user, idempotencyKey: body.idempotency_key });
      expect(found.withdrawal?.withdrawalId).toBe(withdrawal?.withdrawalId);
    });

    it('offers every operation of REST', async () => {
      const { withdrawals, processor } = rpc();
      const user = await givenAUser();
      const { withdrawal } = await withdrawals.createWithdrawal(inProto(wanted(user, { max_retries: 0 })));
      const withdrawalId = withdrawal?.withdrawalId ?? '';
      expect(withdrawal).toMatchObject({
        status: WithdrawalStatus.PENDING,
        maxRetries: 0,
        source: WithdrawalSource.WALLET,
      });
      await ended(withdrawalId);
      const { withdrawal: after } = await withdrawals.getWithdrawal({ withdrawalId });
      const rest = await read(withdrawalId);
      expect(after).toMatchObject({
        status: WithdrawalStatus.COMPLETED,
        txHash: rest.tx_hash,
        amount: rest.amount,
        confirmations: rest.confirmations,
      });
      const listed = await withdrawals.listWithdrawals({
        userId: user,
        status: WithdrawalStatus.COMPLETED,
        pageSize: 1,
      });
      expect(listed).toMatchObject({ withdrawals: [{ withdrawalId }], nextPageToken: '' });
      const unknownPage = withdrawals.listWithdrawals({ userId: user, pageToken: 'nonsense' });
      expect(await errorOf(unknownPage)).toEqual({ code: 'VALIDATION_ERROR', fields: ['page_token'] });
      expect(await errorOf(withdrawals.retryWithdrawal({ withdrawalId }))).toMatchObject({ code: 'INVALID_STATE' });
      expect(await errorOf(withdrawals.getWithdrawal({ withdrawalId: 'wdr_x' }))).toMatchObject({ code: 'NOT_FOUND' });
      expect((await processor.stopProcessor({})).status).toBe(ProcessorStatus.STOPPING);
      expect((await processor.startProcessor({})).status).toBe(ProcessorStatus.RUNNING);
      const stats = await processor.getProcessorStats({});
      const { body } = await service.get('/processors/withdrawals/stats');
      expect(stats.byStatus.COMPLETED).toBe(BigInt(body.by_status.COMPLETED));
      expect(stats.queue).toMatchObject({ visible: BigInt(body.queue.visible) });
    });

    it('requires an API key', async () => {
      const call = rpcClient(service, format, 'wrong').withdrawals.getWithdrawal({ withdrawalId: 'wdr_x' });
      const error = await call.catch((thrown: unknown) => ConnectError.from(thrown));
      expect([Code.Unauthenticated, Code.PermissionDenied], String(error)).toContain((error as ConnectError).code);
    });
  });
}
