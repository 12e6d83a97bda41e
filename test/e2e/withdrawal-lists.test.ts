import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expectError } from '../support/expect-error.ts';
import { Service } from '../support/service.ts';
import { WithdrawalRequests, wanted } from '../support/withdrawal-requests.ts';

const service = new Service();
beforeAll(() => service.start());
afterAll(() => service.stop());

const { givenAUser, withdraw, ended } = new WithdrawalRequests(service);

describe('a list', () => {
  it('has the withdrawals of one user, newest first, page by page', async () => {
    const user = await givenAUser();
    const ids: string[] = [];
    for (let index = 0; index < 5; index += 1) {
      ids.unshift((await withdraw(wanted(user))).body.withdrawal.withdrawal_id);
    }
    const seen: string[] = [];
    for (let after = ''; ; ) {
      const { body } = await service.get(`/withdrawals?user_id=${user}&limit=2${after}`);
      seen.push(...body.withdrawals.map(({ withdrawal_id }: { withdrawal_id: string }) => withdrawal_id));
      expect(body.withdrawals.length).toBeLessThanOrEqual(2);
      if (body.next_cursor === null) break;
      after = `&cursor=${body.next_cursor}`;
    }
    expect(seen).toEqual(ids);
    for (const id of ids) await ended(id);
    const completed = await service.get(`/withdrawals?user_id=${user}&status=COMPLETED&limit=3`);
    expect(completed.body.withdrawals).toHaveLength(3);
    const failed = await service.get(`/withdrawals?user_id=${user}&status=FAILED`);
    expect(failed.body).toEqual({ withdrawals: [], next_cursor: null });
    expect((await service.get(`/withdrawals?user_id=${user}&limit=500`)).body.withdrawals).toHaveLength(5);
  });

  it.each([
    ['', 'user_id'],
    ['user_id=a&status=DONE', 'status'],
    ['user_id=a&limit=many', 'limit'],
    ['user_id=a&limit=-1', 'limit'],
    ['user_id=a&limit=501', 'limit'],
    ['user_id=a&cursor=nonsense', 'cursor'],
    ['user_id=a&page_size=5', 'page_size'],
    ['user_id=%23', 'user_id'],
  ])('is refused with the query %j', async (query, field) => {
    expectError(await service.get(`/withdrawals?${query}`), 400, 'VALIDATION_ERROR', field);
  });
});

describe('the list of open withdrawals', () => {
  it('has those of all users, page by page, and not the ended ones', async () => {
    await service.post('/processors/withdrawals/stop');
    const made = await Promise.all(
      Array.from({ length: 12 }, async () => (await withdraw(wanted(await givenAUser()))).body.withdrawal),
    );
    const ids = new Set(made.map(({ withdrawal_id: id }) => id));
    const due = async () => {
      const listed: string[] = [];
      for await (const each of service.client.withdrawals.listOpen({ part: 'due', limit: 5 })) {
        listed.push(each.withdrawal_id);
      }
      return listed.filter((id) => ids.has(id));
    };
    const listed = await due();
    expect(listed.toSorted()).toEqual([...ids].toSorted());
    expectError(await service.get('/withdrawals/open?part=failed'), 400, 'VALIDATION_ERROR');
    expectError(await service.get('/withdrawals/open?part=due&cursor=eA'), 400, 'VALIDATION_ERROR');
    await service.post('/processors/withdrawals/start');
    for (const id of ids) await ended(id);
    expect(await due()).toEqual([]);
  });
});
