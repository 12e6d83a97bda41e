import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { circuitStore, httpBank } from '../../lib/dependencies/rails.ts';
import { logger } from '../../lib/edge/log.ts';
import type { Log } from '../../lib/kernel/log.ts';
import type { Currency } from '../../lib/kernel/money.ts';
import type { CircuitStore } from '../../lib/rail/circuit.ts';
import { readCircuits } from '../../lib/rail/circuit.ts';
import type { HttpRail } from '../../lib/rail/http.ts';
import { startBank } from '../../localstack/bank/server.ts';
import { freePort } from '../../localstack/embedded/ports.ts';
import { documentClient, givenADatabase } from '../support/database.ts';
import { between } from '../support/faults.ts';
import { settings } from '../support/settings.ts';

const database = await givenADatabase();
const FAILURES = 5;
const CONTAINERS = 20;
const OPEN_MS = 300;
const yes = async () => true;

const instruction = (reference: string) => ({
  reference,
  instruction: reference,
  money: { minor: 100n, currency: 'IDR' as Currency },
  destination: { bank_account: '0012345678', bank_name: 'BCA' },
});

/** A bank that answers 500 and counts the instructions, until the test starts a real one in its place. */
async function givenABankThatFails(port: number) {
  let calls = 0;
  const server = createServer((request, response) => {
    if (request.method === 'POST') calls += 1;
    response.writeHead(500).end();
  }).listen(port, '127.0.0.1');
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(stop);
  return { calls: () => calls, stop };
}

async function givenAWorld(changes: { failures?: number; openMs?: number; dynamo?: typeof documentClient } = {}) {
  const { failures = FAILURES, openMs = OPEN_MS, dynamo = documentClient } = changes;
  const port = await freePort();
  const config = settings({
    ...(await database.newTables('SYSTEM_TABLE')),
    BANK_URL: `http://127.0.0.1:${port}`,
    ...{ BANK_BREAKER_FAILURES: failures, BANK_BREAKER_OPEN_MS: openMs, BANK_DEADLINE_MS: OPEN_MS },
  });
  const circuits = circuitStore(config, { dynamo: dynamo() });
  const warnings: string[] = [];
  const log = { ...logger, warn: (message: string) => void warnings.push(message) } as Log;
  /** A Lambda container: it shares nothing with others but the table. */
  const container = (): HttpRail => httpBank(config, { circuits: circuitStore(config, { dynamo: dynamo() }), log });
  return { port, circuits, container, warnings, bank: await givenABankThatFails(port) };
}

const bankCircuit = async (circuits: CircuitStore, now: () => number = Date.now) =>
  (await readCircuits({ circuits, now }))[0];

describe('the circuit to a rail that is down', () => {
  it('opens for all containers, though each of them serves one request', async () => {
    const { container, bank, circuits } = await givenAWorld({ openMs: 60_000 });
    const answers = [];
    for (let number = 0; number < CONTAINERS; number += 1) {
      answers.push(await container().send(instruction(`p${number}.1`), yes));
    }
    expect(bank.calls()).toBe(FAILURES);
    expect(answers.slice(0, FAILURES)).toEqual(Array(FAILURES).fill({ kind: 'unanswered', cause: 'failed' }));
    const unsent = { kind: 'unsent', cause: 'circuit_open' };
    expect(answers.slice(FAILURES)).toEqual(Array(CONTAINERS - FAILURES).fill(unsent));
    expect(await bankCircuit(circuits)).toMatchObject({ isOpen: true, failures: FAILURES });
  });

  it('lets one container test at a time, and closes for all soon after the rail is back', async () => {
    const { port, container, bank, circuits } = await givenAWorld();
    const containers = Array.from({ length: CONTAINERS }, container);
    let sent = 0;
    const next = () => {
      sent += 1;
      return instruction(`p${sent}.1`);
    };
    const sendFromAll = () => Promise.all(containers.map((rail) => rail.send(next(), yes)));
    while (!(await bankCircuit(circuits))?.isOpen) await containers[0]?.send(next(), yes);
    const before = bank.calls();
    const begun = performance.now();
    while (performance.now() - begun < 10 * OPEN_MS) await sendFromAll();
    const tests = bank.calls() - before;
    expect(tests).toBeGreaterThanOrEqual(3);
    expect(tests).toBeLessThanOrEqual(Math.ceil((performance.now() - begun) / OPEN_MS) + 1);

    await bank.stop();
    const works = await startBank({ port, ledgerFile: ':memory:' });
    onTestFinished(() => works.stop());
    const back = performance.now();
    while ((await sendFromAll()).some(({ kind }) => kind !== 'paid')) await setTimeout(20);
    expect(performance.now() - back).toBeLessThan(3_000);
    expect(await bankCircuit(circuits)).toMatchObject({ isOpen: false, failures: 0 });
  });

  it('stays closed while some sends are answered: only failures in a row count', async () => {
    const { port, container, bank, circuits } = await givenAWorld();
    const [one, other] = [container(), container()];
    for (let number = 1; number < FAILURES; number += 1) await one.send(instruction(`a${number}.1`), yes);
    await bank.stop();
    const works = await startBank({ port, ledgerFile: ':memory:' });
    onTestFinished(() => works.stop());
    expect(await other.send(instruction('b.1'), yes)).toMatchObject({ kind: 'paid' });
    expect(await bankCircuit(circuits)).toMatchObject({ isOpen: false, failures: 0 });
  });
});

describe('the circuit to a rail that works', () => {
  it('writes nothing, and is read once a second at most', async () => {
    const calls: string[] = [];
    const counting = () =>
      between(documentClient(), (command, pass) => {
        calls.push(command);
        return pass();
      });
    const { port, container, bank } = await givenAWorld({ dynamo: counting });
    await bank.stop();
    const works = await startBank({ port, ledgerFile: ':memory:' });
    onTestFinished(() => works.stop());
    const rail = container();
    for (let number = 0; number < 10; number += 1) await rail.send(instruction(`p${number}.1`), yes);
    expect(calls.every((command) => command === 'GetItemCommand')).toBe(true);
    expect(calls.length).toBeLessThanOrEqual(2);
  });

  it.for(['GetItemCommand', 'UpdateItemCommand'])('is no obstacle when its table fails: %s', async (failing) => {
    const broken = () =>
      between(documentClient(), (command, pass) => {
        if (command === failing) throw new Error('the table is down');
        return pass();
      });
    const { container, bank, warnings } = await givenAWorld({ dynamo: broken });
    const rail = container();
    for (let number = 0; number < 2 * FAILURES; number += 1) {
      const reference = `p${number}.1`;
      if (failing === 'UpdateItemCommand') {
        expect(await rail.send(instruction(reference), yes)).toEqual({ kind: 'unanswered', cause: 'failed' });
      } else await rail.send(instruction(reference), yes);
    }
    expect(warnings).toContain('the circuit to the rail is not shared');
    expect(bank.calls()).toBe(failing === 'UpdateItemCommand' ? 2 * FAILURES : FAILURES);
  });
});
