import { createHash } from 'node:crypto';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import { sha256 } from '@noble/hashes/sha2.js';
import { base58, bech32, createBase58check } from '@scure/base';
import { without } from 'es-toolkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WithdrawalSource } from '../../gen/withdrawal/v1/withdrawal_pb.js';
import { NETWORKS, type Network } from '../../lib/withdrawals/assets.ts';
import { awsOf } from '../../scripts/aws.ts';
import { eventually } from '../contract/embedded-stack.ts';
import { PlaintextSearch } from '../support/plaintext-search.ts';
import { type Answer, Service } from '../support/service.ts';
import { rpcClient } from '../support/withdrawals-client.ts';

/*
 * Account numbers, PIX keys and addresses that appear nowhere else are sent on every route that accepts one. Then every file of the
 * data directory, every log line, every event and every answer is searched for them.
 */

const service = new Service();
const ASSET = 'COIN';
const assets = {
  [ASSET]: {
    decimals: 6,
    networks: Object.fromEntries(NETWORKS.map((name) => [name, { confirmations: 1 }])),
    min: '1',
    max: '1000000',
  },
};

beforeAll(() => service.start({ WITHDRAWAL_ASSETS: JSON.stringify(assets), LOG_LEVEL: 'debug' }));
afterAll(() => service.stop());

/** 32 bytes that follow from a name. */
const bytes = (name: string) => sha256(new TextEncoder().encode(`canary ${name}`));
const hex = (name: string) => Buffer.from(bytes(name)).toString('hex');

const ACCOUNT = 'CANARY7401928356';
const REFUSED_ACCOUNT = 'CANARY8815203947!!';
const UPLOADED = 'CANARY6620917354';
const PIX = 'canary-5820@pix.example';
const REFUSED_PIX = `canary-9913@pix.example${'x'.repeat(77)}`;

/** A valid address that follows from a name. */
function addressOf(network: Network, name: string): string {
  switch (network) {
    case 'bitcoin':
      return bech32.encode('bc', [0, ...bech32.toWords(bytes(name).slice(0, 20))]);
    case 'solana':
      return base58.encode(bytes(name));
    case 'tron':
      return createBase58check(sha256).encode(Uint8Array.of(0x41, ...bytes(name).slice(0, 20)));
    default:
      return `0x${hex(name).slice(0, 40)}`;
  }
}
const ADDRESSES = NETWORKS.map((network) => [network, addressOf(network, `to ${network}`)] as const);
const DENIED = NETWORKS.map((network) => [network, addressOf(network, `denied ${network}`)] as const);
const REFUSED_ADDRESS = `0x${hex('refused').slice(0, 39)}`;

const answers: Answer[] = [];
async function send(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
  const answer = await service.request(method, path, body, headers);
  answers.push(answer);
  return answer;
}

const vendor = (account: string, vendor_id = 'v-1') => ({
  ...{ vendor_id, vendor_name: 'Toko', amount: 10, currency: 'IDR', bank_account: account, bank_name: 'BCA' },
});
const pix = (key: string) => ({ external_id: 'e-1', user_id: 'ana', amount_cents: 500, pix_key: key });
const withdrawal = (network: Network, address: string, key = `${network}-1`) => ({
  ...{ idempotency_key: key, user_id: 'ana', asset: ASSET, amount: '5', destination_address: address },
  ...{ network, source: 'external' },
});

describe('account numbers and PIX keys', () => {
  it.each([
    ['vendors', { payouts: [vendor(ACCOUNT), vendor(`${ACCOUNT}9`, 'v-2')] }],
    ['pix', { items: [pix(PIX)] }],
  ])('are accepted, paid and shown: %s', async (id, list) => {
    const batch = { batch_id: id, ...list };
    expect((await send('POST', '/batches', batch)).status).toBe(201);
    expect((await send('POST', '/batches', batch)).headers.get('idempotent-replayed')).toBe('true');
    await service.finished(id);
    for (const path of ['', '/payouts', '/report']) await send('GET', `/batches/${id}${path}`);
    const payout = await send('GET', `/payouts/${id}.0001.000001`);
    const { destination } = payout.body;
    expect(destination.bank_account ?? destination.pix_key).toMatch(/^\*\*\*\*/);
  });

  it('are kept encrypted of entries that are skipped', async () => {
    const payouts = [vendor(ACCOUNT), { ...vendor(ACCOUNT, 'v-2'), amount: 0 }];
    expect((await send('POST', '/batches', { batch_id: 'skipping', on_invalid: 'skip', payouts })).status).toBe(201);
    await service.finished('skipping');
    await send('GET', '/batches/skipping/report');
    expect((await service.get('/batches/skipping/rejected.csv')).text).toContain(ACCOUNT);
  });

  it('are in plain in an uploaded file only until it is stored', async () => {
    const { body: created } = await send('POST', '/batches/uploads', { format: 'csv', on_invalid: 'skip' });
    const columns = 'vendor_id,vendor_name,amount,currency,bank_account,bank_name';
    const rows = [`v-1,Toko,10,IDR,${UPLOADED},BCA`, `v-2,Toko,${UPLOADED},IDR,${UPLOADED},BCA`];
    const file = await fetch(created.upload_url, { method: 'PUT', body: `${[columns, ...rows].join('\n')}\n` });
    expect(file.status).toBe(200);
    const path = `/batches/uploads/${created.upload_id}`;
    const upload = () => send('GET', path).then(({ body }) => body);
    await eventually(upload, ({ status }) => status === 'completed', 30);
    expect((await service.get(`${path}/rejected.csv`)).text).toContain(`,${UPLOADED},IDR,${UPLOADED},`);
    await send('POST', `${path}/report`);
    await eventually(upload, ({ report }) => report === 'ready', 30);
  });

  it.each([
    ['another request under a known id', { batch_id: 'vendors', payouts: [vendor(`${ACCOUNT}1`)] }, 422],
    ['an invalid account', { payouts: [vendor(REFUSED_ACCOUNT)] }, 400],
    ['an account in the wrong field', { payouts: [{ ...vendor(ACCOUNT), amount: ACCOUNT, currency: ACCOUNT }] }, 400],
    ['an account instead of the list', { payouts: ACCOUNT }, 400],
    ['a PIX key that is too long', { items: [pix(REFUSED_PIX)] }, 400],
    ['the same payee twice', { payouts: [vendor(ACCOUNT), vendor(ACCOUNT)] }, 400],
    ['JSON that ends within the account', `{"payouts":[{"bank_account":"${ACCOUNT}`, 400],
    ['JSON with a wrong character behind the account', `{"bank_account":"${ACCOUNT}"x}`, 400],
  ])('are not repeated in a refusal: %s', async (_what, body, status) => {
    expect((await send('POST', '/batches', body)).status).toBe(status);
  });
});

describe('addresses', () => {
  it.each(ADDRESSES)(
    'of %s are accepted over REST and RPC, and sent',
    async (network, address) => {
      const wanted = withdrawal(network, address);
      const created = await send('POST', '/withdrawals', wanted);
      expect(created.status, created.text).toBe(201);
      expect((await send('POST', '/withdrawals', wanted)).body).toMatchObject({ already_exists: true });
      const rpc = rpcClient(service, 'JSON').withdrawals;
      const { idempotency_key: _, destination_address: destinationAddress, user_id: userId, ...rest } = wanted;
      const message = { ...rest, destinationAddress, userId, source: WithdrawalSource.EXTERNAL };
      await rpc.createWithdrawal({ ...message, idempotencyKey: `${network}-rpc` });
      await rpc.createWithdrawal({ ...message, idempotencyKey: `${network}-rpc` });
      const path = `/withdrawals/${created.body.withdrawal.withdrawal_id}`;
      await eventually(
        async () => (await service.get(path)).body.withdrawal.status,
        (status) => status === 'COMPLETED',
        60,
      );
      await send('GET', path);
    },
    90_000,
  );

  it.each(DENIED)('of %s are denied, refused, listed and allowed again', async (network, address) => {
    const path = `/denied-addresses/${network}/${address}`;
    expect((await send('PUT', path, { reason: 'fraud' })).status).toBe(201);
    expect((await send('PUT', path, { reason: 'theft' })).status).toBe(200);
    expect((await send('POST', '/withdrawals', withdrawal(network, address, 'denied'))).status).toBe(403);
    expect((await send('GET', `/denied-addresses?network=${network}&limit=1`)).body.addresses).toHaveLength(1);
    expect((await send('DELETE', path)).status).toBe(204);
    expect((await send('DELETE', path)).status).toBe(404);
    expect((await send('PUT', path, { reason: 'fraud' })).status).toBe(201);
    await send('PUT', `/denied-addresses/${network}/${addressOf(network, `more ${network}`)}`, { reason: 'fraud' });
    await send('GET', `/denied-addresses?network=${network}&limit=1`);
  });

  it.each([
    ['another request under a known key', { ...withdrawal('ethereum', ADDRESSES[1]?.[1] ?? ''), amount: '6' }, 422],
    ['an invalid address', withdrawal('ethereum', REFUSED_ADDRESS, 'refused'), 400],
    ['an address of another network', withdrawal('bitcoin', ADDRESSES[1]?.[1] ?? '', 'refused'), 400],
    [
      'an address in other fields',
      {
        ...withdrawal('ethereum', REFUSED_ADDRESS),
        asset: REFUSED_ADDRESS,
        amount: REFUSED_ADDRESS,
        network: REFUSED_ADDRESS,
      },
      400,
    ],
  ])('are not repeated in a refusal: %s', async (_what, body, status) => {
    expect((await send('POST', '/withdrawals', body)).status).toBe(status);
  });

  it('are not in an answer or a log because an approval waits', async () => {
    const rule = { kind: 'batch', new_payee: true, approvers: 1, lapses_after_hours: 1 };
    expect((await send('PUT', '/policies/approvals', { rules: [rule] })).status).toBe(200);
    const id = 'waits-for-approval';
    await eventually(
      async () => {
        const account = `${ACCOUNT}-${answers.length}`;
        const batch_id = `${id}-${answers.length}`;
        return (await send('POST', '/batches', { batch_id, payouts: [vendor(account, account.slice(-6))] })).body
          .status;
      },
      (status) => status === 'awaiting_approval',
      30,
    );
    const { approvals } = (await send('GET', '/approvals?status=waiting')).body;
    expect(approvals).toHaveLength(1);
    const shown = await send('GET', `/approvals/${approvals[0].approval_id}`);
    expect(shown.body).toMatchObject({ status: 'waiting' });
  }, 60_000);

  it('are not repeated in a refusal of a path', async () => {
    expect((await send('PUT', `/denied-addresses/ethereum/${REFUSED_ADDRESS}`, { reason: 'fraud' })).status).toBe(400);
    expect((await send('GET', `/nothing/${ADDRESSES[1]?.[1]}`)).status).toBe(404);
  });
});

const VALUES = [
  ...[ACCOUNT, REFUSED_ACCOUNT, UPLOADED, PIX, REFUSED_PIX.slice(0, 23), REFUSED_ADDRESS],
  ...[...ADDRESSES, ...DENIED].map(([, address]) => address),
];
const search = new PlaintextSearch(VALUES);
const findInFiles = () => search.filesOf(service.dataDir);

/** What the file of queues and buckets still has of a deleted object, until its pages are used again. */
const FREES_PAGES = /^fauxqs\.db/;
/** All that is stored in it, without deleted objects. */
function storedObjects(): string {
  const copy = join(service.dataDir, 'copy.db');
  new DatabaseSync(join(service.dataDir, 'fauxqs.db'), { readOnly: true }).exec(`VACUUM INTO '${copy}'`);
  const text = readFileSync(copy, 'latin1');
  rmSync(copy);
  return text;
}

/** The mock bank is outside of the service: it has the instructions that were sent to it. */
const BANKS_OWN = /^bank\.db/;

describe('nowhere in plain', () => {
  it('in files: tables, queues, buckets, state machines and logs', async () => {
    expect(statSync(join(service.dataDir, 'logs/service.log')).size).toBeGreaterThan(10_000);
    const others = Object.entries(findInFiles()).filter(([file]) => !BANKS_OWN.test(file));
    const found = others.map(([file, values]) => [file, FREES_PAGES.test(file) ? without(values, UPLOADED) : values]);
    expect(Object.fromEntries(found.filter(([, values]) => values?.length))).toEqual({});
    expect(search.in(storedObjects())).toEqual([]);
  });

  it('in events', async () => {
    const events: unknown[] = [];
    const from = new Date(Date.now() - 3_600_000).toISOString();
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body }: Answer = await service.get(`/audit?from=${from}&limit=500${cursor && `&cursor=${cursor}`}`);
      events.push(...body.events);
      cursor = body.next_cursor;
    }
    expect(events.length).toBeGreaterThan(40);
    expect(search.in(JSON.stringify(events))).toEqual([]);
  });

  it('in answers, but for the destination of a withdrawal, and the deny-list, which operators read', () => {
    const shown = answers.filter(
      ({ status, path }) => status < 300 && /^\/(withdrawals|denied-addresses)\b/.test(path),
    );
    for (const { body, text } of shown) {
      if (body?.next_cursor)
        expect(search.in(Buffer.from(body.next_cursor, 'base64url').toString('latin1'))).toEqual([]);
      expect(search.in(text.replace(/"(destination_address|address)":"\w+"/g, ''))).toEqual([]);
    }
    const others = answers.filter((answer) => !shown.includes(answer));
    expect(others.length).toBeGreaterThan(20);
    expect(
      others.filter(({ text }) => search.in(text).length > 0).map(({ method, path }) => `${method} ${path}`),
    ).toEqual([]);
  });

  it('and the search finds a planted value', async () => {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(awsOf(service.endpoints)));
    for (const [nth, value] of [ACCOUNT, Buffer.from(`x${PIX}`).toString('base64url')].entries()) {
      await client.send(
        new PutCommand({ TableName: 'sluice-local-system', Item: { pk: `PLANT#${nth}`, sk: 'PLANT', value } }),
      );
    }
    client.destroy();
    await expect
      .poll(() =>
        Object.entries(findInFiles())
          .filter(([file]) => !BANKS_OWN.test(file))
          .flatMap(([, values]) => values),
      )
      .toEqual(expect.arrayContaining([ACCOUNT, PIX]));
    expect(search.in(createHash('sha256').update(ACCOUNT).digest('hex'))).toEqual([ACCOUNT]);
  });
});
