import { setTimeout } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsOf } from '../../scripts/aws.ts';
import { expectError } from '../support/expect-error.ts';
import { runVerify } from '../support/script.ts';
import { Service } from '../support/service.ts';
import { WalletRequests } from '../support/wallet-requests.ts';

const service = new Service();

beforeAll(async () => {
  await service.start();
  await service.post('/providers', { provider_id: 'pln', name: 'PLN' });
});
afterAll(() => service.stop());

const { givenAWallet, pay, refund } = new WalletRequests(service);
const keyed = (key: string) => ({ 'Idempotency-Key': key });

const verifyWallets = () => runVerify(service, '--domain', 'wallets');

describe('a wallet at an earlier time', () => {
  it('held the sum of its entries until then, and has a statement of that time', async () => {
    const user = await givenAWallet(1_000);
    const { payment_id: id } = (await pay(user, { amount: 400 })).body;
    await refund(id, { amount: 150 });
    await setTimeout(2); // later than the refund
    await service.post('/wallets', { user_id: user, currency: 'ETH' });
    await service.post(`/wallets/${user}/deposits`, { amount: `${10n ** 18n}`, currency: 'ETH' }, keyed('ether'));
    const { transactions: lines } = (await service.get(`/wallets/${user}/transactions`)).body;
    expect(lines.map(({ seq }: { seq: number }) => seq)).toEqual([4, 3, 2, 1]);
    const at = async (time: string) =>
      (await service.get(`/wallets/${user}/balance?as_of=${time}`)).body.balances.map(
        ({ amount }: { amount: number | string }) => amount,
      );
    const [ether, refunded] = lines;
    expect(await at(ether.created_at)).toEqual([`${10n ** 18n}`, 750]);
    expect(await at(refunded.created_at)).toEqual(['0', 750]);
    expect(await at('2026-01-01T00:00:00%2B01:00')).toEqual(['0', 0]);
    expect((await service.get(`/wallets/${user}/balance`)).body).not.toHaveProperty('as_of');

    const statement = async (query: string) =>
      (await service.get(`/wallets/${user}/transactions?${query}`)).body.transactions;
    expect(await statement(`from=${ether.created_at}`)).toEqual([ether]);
    expect(await statement(`to=${ether.created_at}`)).toEqual(lines.slice(1));
    expect(await statement(`to=${ether.created_at}&type=PAYMENT`)).toEqual([lines[2]]);
    expect(await statement(`from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z`)).toEqual([]);
    expectError(await service.get(`/wallets/${user}/balance?as_of=2026-01-01`), 400, 'VALIDATION_ERROR');
  });
});

describe('npm run verify -- --domain wallets', () => {
  it('finds and names changed data', async () => {
    const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(awsOf(service.endpoints)));
    const user = await givenAWallet(500);
    const { payment_id: id } = (await pay(user, { amount: 100 })).body;
    const tamper = (pk: string, sk: string, name: string, value: unknown) =>
      dynamo.send(
        new UpdateCommand({
          TableName: 'sluice-local-wallets',
          Key: { pk, sk },
          UpdateExpression: 'SET #name = :value',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: { ':value': value },
        }),
      );
    expect(await verifyWallets()).toEqual({ code: 0, output: expect.stringContaining('All 9 checks passed.') });
    await tamper(`WALLET#${user}`, 'WALLET', 'balances', { IDR: '401' });
    await tamper(`PAYMENT#${id}`, 'PAYMENT', 'amount', '101');
    const { code, output } = await verifyWallets();
    dynamo.destroy();
    expect(code).toBe(1);
    expect(output).toContain(`wallet ${user}: expected 400 IDR, found 401`);
    expect(output).toContain(`payment ${id}, APPROVED: charge: expected 101 IDR, found 100 IDR`);
    expect(output).toContain(`PAYMENT ${id}: expected wallet:${user} -101 IDR`);
  });
});
