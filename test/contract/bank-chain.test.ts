import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startBank } from '../../localstack/bank/server.ts';
import { BankCaller, eventually } from './bank-caller.ts';

const BEGINNING = Date.UTC(2026, 0, 1);
const PREFIXES = ['bd', 'cf', 'pq', 'w7', 'zz', 'a1', 'b2', 'c3'];

/** A chain on a virtual clock. */
async function givenAChain(settings: object, ledgerFile = ':memory:') {
  const clock = { now: BEGINNING };
  const start = async () => {
    const bank = await startBank({ port: 0, ledgerFile, now: () => clock.now });
    const caller = new BankCaller(bank.url);
    return { bank, caller };
  };
  let { bank, caller } = await start();
  onTestFinished(() => bank.stop());
  await caller.behave(settings as Record<string, unknown>);
  return {
    clock,
    send: (reference: string, changes = {}) => caller.pay(reference, { currency: 'ETH', ...changes }, 'broadcasts'),
    look: async (reference: string) => (await caller.request('GET', `/broadcasts/${reference}`)).body,
    pay: (reference: string, rail: string) => caller.pay(reference, {}, rail),
    standing: (reference: string) => caller.standing(reference, 'broadcasts'),
    moves: (instruction: string) => caller.moves(instruction),
    behave: (changes: Record<string, unknown>) => caller.behave(changes),
    audit: async () => (await caller.request('GET', '/audit')).body,
    restart: async () => {
      await bank.stop();
      ({ bank, caller } = await start());
    },
  };
}

function givenALedgerFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-chain-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'bank.sqlite');
}

describe('a broadcast', () => {
  it('gains a confirmation with each block, and keeps its first hash', async () => {
    const chain = await givenAChain({ block_ms: 1_000 });
    const { body } = await chain.send('w1.1');
    expect(body).toMatchObject({ status: 'completed', confirmations: 0 });
    for (const [ms, confirmations] of [
      [999, 0],
      [1_000, 1],
      [1_999, 1],
      [12_000, 12],
    ] as const) {
      chain.clock.now = BEGINNING + ms;
      expect(await chain.look('w1.1')).toEqual({ ...body, confirmations });
    }
  });

  it('is final at once without blocks', async () => {
    const chain = await givenAChain({});
    expect((await chain.send('w1.1')).body).toMatchObject({ confirmations: 1_000 });
    expect(await chain.look('w1.1')).toMatchObject({ confirmations: 1_000 });
  });

  it('gains confirmations while the chain’s node is down', async () => {
    const chain = await givenAChain({ block_ms: 1_000 }, givenALedgerFile());
    const { body } = await chain.send('w1.1');
    chain.clock.now += 5_000;
    await chain.restart();
    expect(await chain.look('w1.1')).toEqual({ ...body, confirmations: 5 });
  });

  it('has a unique hash, also when its reference is sent twice', async () => {
    const chain = await givenAChain({});
    const hashes = [];
    for (const reference of ['w1.1', 'w1.1', 'w1.2']) hashes.push((await chain.send(reference)).body.bank_id);
    for (const hash of hashes) expect(hash).toMatch(/^0x[0-9a-f]{64}$/);
    expect(new Set(hashes).size).toBe(3);
  });

  it('may have 78 digits, and is summed exactly', async () => {
    const chain = await givenAChain({});
    const amount = '9'.repeat(78);
    expect((await chain.send('w1.1', { amount_minor: amount })).status).toBe(201);
    expect((await chain.send('w2.1', { amount_minor: amount })).status).toBe(201);
    expect((await chain.send('w3.1', { amount_minor: `${amount}9` })).status).toBe(400);
    expect(await chain.audit()).toMatchObject({ totals: { ETH: `${2n * BigInt(amount)}` } });
  });
});

describe('a chain that reorganises', () => {
  async function sendAll(settings: object = {}) {
    const chain = await givenAChain({ mode: 'reorg', block_ms: 1_000, reorg_depth: 2, ...settings });
    const references = PREFIXES.map((prefix) => `${prefix}.1`);
    for (const reference of references) await chain.send(reference);
    return { chain, references };
  }

  it('drops some transactions permanently, and mines the others again, once', async () => {
    const { chain, references } = await sendAll();
    chain.clock.now += 1_999;
    const before = await Promise.all(references.map(chain.look));
    for (const look of before) expect(look).toMatchObject({ confirmations: 1 });
    chain.clock.now += 1;
    const looks = new Map<string, Record<string, unknown>>();
    const hashes = new Map(before.map(({ reference, bank_id }) => [reference, bank_id]));
    for (const reference of references) looks.set(reference, await chain.look(reference));
    const dropped = references.filter((reference) => looks.get(reference)?.code === 'TRANSACTION_DROPPED');
    const mined = references.filter((reference) => looks.get(reference)?.confirmations === 0);
    expect(dropped.length).toBeGreaterThan(0);
    expect(mined.length).toBeGreaterThan(0);
    expect(dropped.length + mined.length).toBe(references.length);
    chain.clock.now += 60_000;
    for (const reference of mined) {
      expect(await chain.look(reference)).toMatchObject({ confirmations: 60, bank_id: hashes.get(reference) });
    }
    for (const reference of dropped) expect(await chain.look(reference)).toMatchObject({ status: 'refused' });
    for (const reference of references) {
      expect(await chain.moves(reference.slice(0, 2))).toBe(dropped.includes(reference) ? 0 : 1);
    }
    expect(await chain.audit()).toMatchObject({ moved: mined.length, moved_more_than_once: 0 });
  });

  it('decides by the reference and the seed, also after a restart', async () => {
    const ledgerFile = givenALedgerFile();
    const fates = async (seed: number, file = ':memory:') => {
      const chain = await givenAChain({ mode: 'reorg', seed }, file);
      for (const prefix of PREFIXES) await chain.send(`${prefix}.1`);
      if (file !== ':memory:') await chain.restart();
      chain.clock.now += 1_000;
      return Promise.all(PREFIXES.map(async (prefix) => (await chain.look(`${prefix}.1`)).status));
    };
    const first = await fates(1);
    expect(await fates(1, ledgerFile)).toEqual(first);
    expect(await fates(2)).not.toEqual(first);
  });

  async function theDropped(settings: object = {}) {
    const { chain, references } = await sendAll(settings);
    chain.clock.now += 2_000;
    for (const reference of references) {
      if ((await chain.look(reference)).code === 'TRANSACTION_DROPPED')
        return { chain, instruction: reference.slice(0, 2) };
    }
    throw new Error('nothing was dropped');
  }

  it('moves money once for a transaction sent again after it was dropped', async () => {
    const { chain, instruction } = await theDropped();
    await chain.behave({ mode: 'happy' });
    await chain.send(`${instruction}.2`);
    expect(await chain.moves(instruction)).toBe(1);
  });

  it.each([
    ['as a new attempt', 2],
    ['under the same reference, and the chain drops both', 1],
  ])('moves money twice for a transaction sent again before it was dropped: %s', async (_, attempt) => {
    const { instruction } = await theDropped();
    const chain = await givenAChain({ mode: 'reorg', block_ms: 1_000, reorg_depth: 2 });
    await chain.send(`${instruction}.1`);
    chain.clock.now += 1_999;
    await chain.send(`${instruction}.${attempt}`);
    chain.clock.now += 60_000;
    expect(await chain.standing(`${instruction}.1`)).toBe('TRANSACTION_DROPPED');
    expect(await chain.moves(instruction)).toBe(2);
    expect(await chain.audit()).toMatchObject({ moved_more_than_once: 1 });
  });

  it('moves money twice for a transaction sent again while the first is still processing', async () => {
    const { instruction } = await theDropped();
    const chain = await givenAChain({ mode: 'reorg', block_ms: 1_000, latency_ms: [150, 150] });
    const first = chain.send(`${instruction}.1`);
    await eventually(async () => (await chain.standing(`${instruction}.1`)) === 'processing');
    await Promise.all([first, chain.send(`${instruction}.2`)]);
    chain.clock.now += 60_000;
    expect(await chain.standing(`${instruction}.1`)).toBe('TRANSACTION_DROPPED');
    expect(await chain.moves(instruction)).toBe(2);
  });

  it('makes blocks of 50 ms unless configured', async () => {
    const { instruction } = await theDropped();
    const chain = await givenAChain({ mode: 'reorg', reorg_depth: 2 });
    expect((await chain.send(`${instruction}.1`)).body).toMatchObject({ confirmations: 0 });
    chain.clock.now += 99;
    expect(await chain.look(`${instruction}.1`)).toMatchObject({ confirmations: 1 });
    chain.clock.now += 1;
    expect(await chain.standing(`${instruction}.1`)).toBe('TRANSACTION_DROPPED');
  });

  it.each(['transfers', 'charges'])('does not affect %s, whose duplicates are still reported', async (rail) => {
    const chain = await givenAChain({ mode: 'reorg' });
    for (const prefix of PREFIXES) {
      const { body } = await chain.pay(`${prefix}.1`, rail);
      expect(body).toEqual({ reference: `${prefix}.1`, status: 'completed', bank_id: expect.stringMatching(/^BANK-/) });
    }
    chain.clock.now += 60_000;
    expect(await chain.audit()).toMatchObject({ moved: PREFIXES.length, moved_more_than_once: 0 });
    for (const prefix of PREFIXES) await chain.pay(`${prefix}.2`, rail);
    expect(await chain.audit()).toMatchObject({ moved_more_than_once: PREFIXES.length });
  });

  it.each([{ block_ms: -1 }, { block_ms: 600_001 }, { block_ms: 0.5 }, { reorg_depth: 0 }, { reorg_depth: 1_001 }])(
    'refuses the settings %j',
    async (settings) => {
      const chain = await givenAChain({});
      expect((await chain.behave(settings)).status).toBe(400);
    },
  );
});

it('a ledger without confirmations, of an earlier version, opens; its broadcasts are final', async () => {
  const ledgerFile = givenALedgerFile();
  const old = new DatabaseSync(ledgerFile);
  old.exec(`
    CREATE TABLE arrivals (
      id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, reference TEXT NOT NULL, instruction TEXT NOT NULL,
      amount_minor TEXT NOT NULL, currency TEXT NOT NULL, refusal TEXT, settled INTEGER NOT NULL,
      moved INTEGER GENERATED ALWAYS AS (settled AND refusal IS NULL) VIRTUAL
    ) STRICT;
    CREATE TABLE settings (id INTEGER PRIMARY KEY CHECK (id = 1), settings TEXT NOT NULL) STRICT;
    INSERT INTO arrivals (kind, reference, instruction, amount_minor, currency, refusal, settled)
      VALUES ('broadcasts', 'w1.1', 'w1', '5', 'ETH', NULL, 1), ('transfers', 'p1.1', 'p1', '7', 'IDR', NULL, 1);
    INSERT INTO settings VALUES (1, '{"mode":"happy","code":"ACCOUNT_BLOCKED","latency_ms":[0,0],"seed":9,"duplicates":"pay","lookups":"ok"}');
  `);
  old.close();
  const chain = await givenAChain({}, ledgerFile);
  expect(await chain.look('w1.1')).toMatchObject({ status: 'completed', confirmations: 1_000 });
  expect(await chain.moves('w1')).toBe(1);
  expect(await chain.audit()).toMatchObject({ moved: 2, totals: { ETH: '5', IDR: '7' } });
});
