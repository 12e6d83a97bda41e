import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { awsOf } from '../../scripts/aws.ts';
import { expectError } from '../support/expect-error.ts';
import { runVerify } from '../support/script.ts';
import { Service } from '../support/service.ts';
import { eventually, WEI, WithdrawalRequests, wanted } from '../support/withdrawal-requests.ts';
import { testRpc } from './withdrawals/rpc.ts';

const service = new Service();

beforeAll(() =>
  service.start({ CHAIN_DEADLINE_MS: '300', WITHDRAWAL_LOCK_TTL: '3s', WITHDRAWAL_RETRY_BASE_DELAY: '200ms' }),
);
afterAll(() => service.stop());
afterEach(() => service.setBank({ mode: 'happy', lookups: 'ok', latency_ms: [0, 0], block_ms: 0 }));

const requests = new WithdrawalRequests(service);
const { givenAUser, withdraw, read, ended, balanceOf } = requests;

describe('a withdrawal', () => {
  it('is held, broadcast, confirmed and captured, and appears in all views', async () => {
    await service.setBank({ block_ms: 40 });
    const user = await givenAUser();
    const body = wanted(user);
    const created = await withdraw(body);
    expect(created.status).toBe(201);
    const { withdrawal, already_exists } = created.body;
    const { idempotency_key: _, ...fields } = body;
    expect(withdrawal).toMatchObject({ ...fields, status: 'PENDING', source: 'wallet', max_retries: 3, tx_hash: null });
    expect(already_exists).toBe(false);
    expect(created.headers.get('location')).toBe(`/withdrawals/${withdrawal.withdrawal_id}`);
    expect(await balanceOf(user)).toBe(9n * WEI);
    const seen = new Set<string>();
    await eventually(async () => {
      const { status, confirmations, tx_hash } = await read(withdrawal.withdrawal_id);
      if (status === 'PROCESSING' && tx_hash) seen.add(`${confirmations < 12}`);
      return status === 'COMPLETED';
    });
    expect([...seen]).toEqual(['true']);
    const after = await read(withdrawal.withdrawal_id);
    expect(after).toMatchObject({
      confirmations: 12,
      tx_hash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      failure: null,
    });
    expect(after.completed_at).toBe(after.updated_at);

    const again = await withdraw(body);
    expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([200, 'true']);
    expect(again.body).toEqual({ withdrawal: after, already_exists: true });
    expectError(await withdraw({ ...body, amount: '1000000000000000001' }), 422, 'IDEMPOTENCY_MISMATCH');
    const byKey = await service.get(`/withdrawals/by-key/${body.idempotency_key}?user_id=${user}`);
    expect(byKey.body).toEqual({ withdrawal: after });
    expectError(await service.get(`/withdrawals/by-key/${body.idempotency_key}?user_id=someone`), 404, 'NOT_FOUND');
    const { transactions } = (await service.get(`/wallets/${user}/transactions`)).body;
    expect(transactions[0]).toMatchObject({ type: 'HOLD', amount: `-${WEI}`, withdrawal_id: after.withdrawal_id });
    expect(await service.bankAudit(after.withdrawal_id)).toMatchObject({ moved: 1, arrivals: 1 });
    await eventually(async () => {
      const { body: log } = await service.get(`/audit?subject=${after.withdrawal_id}`);
      return log.events.length === 2;
    });
  });

  it('releases its hold when it fails, and can be retried', async () => {
    await service.setBank({ mode: 'declined', code: 'ACCOUNT_BLOCKED' });
    const user = await givenAUser();
    const { withdrawal } = (await withdraw(wanted(user, { max_retries: 1 }))).body;
    expect(await ended(withdrawal.withdrawal_id)).toMatchObject({
      status: 'FAILED',
      failure: { code: 'ACCOUNT_BLOCKED' },
    });
    expect(await balanceOf(user)).toBe(10n * WEI);
    await service.setBank({ mode: 'happy' });
    const retried = await service.post(`/withdrawals/${withdrawal.withdrawal_id}/retry`);
    expect([retried.status, retried.body.withdrawal.retry_count]).toEqual([200, 1]);
    expect(await ended(withdrawal.withdrawal_id)).toMatchObject({ status: 'COMPLETED' });
    expect(await balanceOf(user)).toBe(9n * WEI);
    expectError(await service.post(`/withdrawals/${withdrawal.withdrawal_id}/retry`), 409, 'INVALID_STATE');
    expectError(await service.post('/withdrawals/wdr_nonsense/retry'), 404, 'NOT_FOUND');
    const { entries } = (await service.get(`/withdrawals/${withdrawal.withdrawal_id}/entries`)).body;
    expect(entries.map(({ type, seq }: { type: string; seq: number | null }) => [type, seq])).toEqual([
      ...[
        ['HOLD', 2],
        ['RELEASE', 3],
        ['HOLD', 4],
        ['CAPTURE', null],
      ],
    ]);
  });

  it.each([
    ['random', { mode: 'random', seed: 5 }],
    ['timeout', { mode: 'timeout' }],
    ['timeout-after-effect', { mode: 'timeout-after-effect' }],
    ['500', { mode: '500' }],
    ['garbage', { mode: 'garbage' }],
    ['latency', { mode: 'latency', latency_ms: [50, 500] }],
    ['reorg', { mode: 'reorg', block_ms: 100, seed: 3 }],
  ])('completes or fails exactly once in chain mode %s', { timeout: 60_000 }, async (_mode, mood) => {
    const user = await givenAUser();
    await service.setBank(mood);
    const all = await Promise.all(Array.from({ length: 5 }, () => withdraw(wanted(user, { max_retries: 8 }))));
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await service.setBank({ mode: 'happy' });
    for (const { body } of all) {
      const { withdrawal_id: id, status } = await ended(body.withdrawal.withdrawal_id);
      const { moved, moved_more_than_once } = await service.bankAudit(id);
      expect({ status, moved, moved_more_than_once }).toEqual({
        status,
        moved: status === 'COMPLETED' ? 1 : 0,
        moved_more_than_once: 0,
      });
    }
    const { body } = await service.get(`/withdrawals?user_id=${user}`);
    const spent = body.withdrawals.filter(({ status }: { status: string }) => status === 'COMPLETED').length;
    expect(await balanceOf(user)).toBe((10n - BigInt(spent)) * WEI);
  });

  it('is one for 50 requests with one key, which all receive it', async () => {
    const user = await givenAUser();
    const body = wanted(user);
    const answers = await Promise.all(Array.from({ length: 50 }, () => withdraw(body)));
    expect(new Set(answers.map((answer) => answer.body.withdrawal.withdrawal_id)).size).toBe(1);
    expect(answers.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 49 }, () => 200), 201]);
    expect(await balanceOf(user)).toBe(9n * WEI);
  });

  it('completes once although the service is killed repeatedly in the middle of 60', {
    timeout: 120_000,
  }, async () => {
    const user = await givenAUser(100n * WEI);
    await service.setBank({ latency_ms: [20, 120], block_ms: 50 });
    const bodies = Array.from({ length: 60 }, () => wanted(user));
    const ids: string[] = [];
    const insist = async (body: object) => {
      for (;;) {
        const answer = await withdraw(body).catch(() => undefined);
        if (answer?.status === 200 || answer?.status === 201)
          return void ids.push(answer.body.withdrawal.withdrawal_id);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const all = Promise.all(bodies.map(insist));
    for (let time = 1; time <= 3; time += 1) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await service.kill();
      await service.start({ CHAIN_DEADLINE_MS: '300', WITHDRAWAL_LOCK_TTL: '3s', RECOVERY_AFTER_MS: '1000' });
    }
    await all;
    await eventually(async () => {
      const { body } = await service.get(`/withdrawals?user_id=${user}&status=COMPLETED&limit=100`);
      return body.withdrawals.length === 60;
    }, 90);
    expect(new Set(ids).size).toBe(60);
    expect(await service.bankAudit('wdr_')).toMatchObject({ moved_more_than_once: 0 });
    expect(await balanceOf(user)).toBe(40n * WEI);
  });
});

describe('the processor', () => {
  it('stops, accepts new withdrawals, and resumes', async () => {
    const user = await givenAUser();
    expect((await service.post('/processors/withdrawals/stop')).body).toMatchObject({ status: 'STOPPING' });
    const { withdrawal } = (await withdraw(wanted(user))).body;
    const readStats = async () => (await service.get('/processors/withdrawals/stats')).body;
    await eventually(async () => (await readStats()).status === 'STOPPED');
    expect(await read(withdrawal.withdrawal_id)).toMatchObject({ status: 'PENDING' });
    const stats = await readStats();
    expect(stats).toMatchObject({ status: 'STOPPED', by_status: { PENDING: 1 }, queue: { visible: 0 } });
    expect(stats.oldest_open_age_seconds).toBeGreaterThanOrEqual(1);
    const started = await service.post('/processors/withdrawals/start');
    expect([started.status, started.body.status]).toEqual([200, 'RUNNING']);
    expect(await ended(withdrawal.withdrawal_id)).toMatchObject({ status: 'COMPLETED' });
  });

  it('counts what the store contains', async () => {
    await eventually(async () => {
      const { body } = await service.get('/processors/withdrawals/stats');
      const { COMPLETED, FAILED, ...open } = body.by_status;
      const none = Object.values(open).every((count) => count === 0);
      return none && body.completed === COMPLETED && COMPLETED > 60 && body.processed === body.completed + body.failed;
    });
    const metrics = (await service.get('/metrics')).text;
    expect(metrics).toMatch(/sluice_withdrawals_total\{outcome="completed",asset="ETH"\} \d+/);
  });
});

describe('a denied destination', () => {
  const OTHER = '0x8617E340B3D01FA5F11F306F4090FD50E238070D';
  const path = `/denied-addresses/ethereum/${OTHER}`;

  it('is listed, refused, and allowed again', async () => {
    const user = await givenAUser();
    expect((await service.request('PUT', path, { reason: 'sanctioned' }, {})).status).toBe(201);
    expect((await service.request('PUT', path.toLowerCase(), { reason: 'twice' }, {})).status).toBe(200);
    const listed = await service.get('/denied-addresses?network=ethereum');
    expect(listed.body.addresses).toMatchObject([{ address: OTHER.toLowerCase(), reason: 'twice' }]);
    expectError(await withdraw(wanted(user, { destination_address: OTHER })), 403, 'FORBIDDEN');
    expect((await service.request('DELETE', path, undefined, {})).status).toBe(204);
    expectError(await service.request('DELETE', path, undefined, {}), 404, 'NOT_FOUND');
    expect((await withdraw(wanted(user, { destination_address: OTHER }))).status).toBe(201);
  });

  it('must be an address of a network', async () => {
    const put = (place: string, body: object) => service.request('PUT', `/denied-addresses/${place}`, body, {});
    expectError(await put('moon/abc', { reason: 'x' }), 400, 'VALIDATION_ERROR', 'network');
    expectError(await put('ethereum/abc', { reason: 'x' }), 400, 'VALIDATION_ERROR', 'address');
    expectError(await put(`ethereum/${OTHER}`, {}), 400, 'VALIDATION_ERROR', 'reason');
  });
});

describe('npm run verify', () => {
  const verify = (domain: string) => runVerify(service, '--domain', domain);

  it('finds no differences while withdrawals are processed', async () => {
    const user = await givenAUser(100n * WEI);
    await service.setBank({ mode: 'random', seed: 3, block_ms: 50 });
    const busy = Promise.all(Array.from({ length: 40 }, () => withdraw(wanted(user))));
    const [first, wallets] = await Promise.all([verify('withdrawals'), verify('wallets')]);
    expect([first.code, first.output]).toEqual([0, expect.stringContaining('All 3 checks passed.')]);
    expect([wallets.code, wallets.output]).toEqual([0, expect.stringContaining('All 9 checks passed.')]);
    await busy;
  });

  it('finds changed data', { timeout: 60_000 }, async () => {
    const user = await givenAUser();
    const id = (await withdraw(wanted(user))).body.withdrawal.withdrawal_id;
    await ended(id);
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(awsOf(service.endpoints)));
    const own = { TableName: 'sluice-local-withdrawals', Key: { pk: `WITHDRAWAL#${id}`, sk: 'WITHDRAWAL' } };
    const failure = { code: 'INVALID_ADDRESS', message: 'The address is not valid.', retryable: false };
    const setStatus = (status: string) =>
      client.send(
        new UpdateCommand({
          ...own,
          UpdateExpression: 'SET #status = :status, failure = :failure', // a failure is ignored unless it failed
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':status': status, ':failure': failure },
        }),
      );
    await setStatus('FAILED');
    const failed = await verify('withdrawals');
    expect([failed.code, failed.output]).toEqual([
      1,
      expect.stringContaining(`withdrawal ${id}, FAILED: expected 0 moves on the chain`),
    ]);
    expect(failed.output).toContain(`${id}.1.release is required, but not in the journal`);
    await setStatus('COMPLETED');
    const { Item } = await client.send(new GetCommand(own));
    await client.send(
      new UpdateCommand({
        ...own,
        UpdateExpression: 'REMOVE #capture',
        ExpressionAttributeNames: { '#capture': 'capture' },
      }),
    );
    const lost = await verify('withdrawals');
    expect([lost.code, lost.output]).toEqual([1, expect.stringContaining(`${id}.1.capture is required, but not in`)]);
    await client.send(new PutCommand({ TableName: own.TableName, Item }));
    expect((await verify('withdrawals')).code).toBe(0);
    client.destroy();
  });
});

testRpc(service, requests);
