import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BankCaller, eventually } from './bank-caller.ts';

const SERVER = join(import.meta.dirname, '../../localstack/bank/server.ts');

function givenALedgerFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bank-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'new', 'bank.sqlite');
}

function spawnBank(...options: string[]): ChildProcess {
  const child = spawn(process.execPath, [SERVER, ...options], { stdio: ['pipe', 'pipe', 'pipe'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

/** Starts a real bank process and waits until it listens. */
async function givenABankProcess(ledgerFile: string, ...options: string[]) {
  const child = spawnBank('--port', '0', '--ledger', ledgerFile, ...options);
  if (!child.stdout) throw new Error('the bank has no stdout');
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = /http:\S+\d/.exec(line.toString())?.[0];
  if (!url) throw new Error(`the bank printed: ${line}`);
  return { child, bank: new BankCaller(url) };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<unknown[]> {
  const exit = once(child, 'exit');
  child.kill(signal);
  return exit;
}

/** The exit code and output of a process that cannot start. */
async function failure(child: ChildProcess): Promise<{ code: unknown; output: string }> {
  if (!child.stderr) throw new Error('the bank has no stderr');
  const [[code], output] = await Promise.all([once(child, 'exit'), text(child.stderr)]);
  return { code, output };
}

describe('the mock bank as a process', { timeout: 30_000 }, () => {
  it('still knows every transfer that it answered after kill -9', async () => {
    const ledgerFile = givenALedgerFile();
    const { child, bank } = await givenABankProcess(ledgerFile);
    const answered: string[] = [];
    let sent = 0;
    const sendUntilItDies = async () => {
      for (;;) {
        const reference = `p${++sent}.1`;
        const answer = await bank.pay(reference).catch(() => undefined);
        if (!answer) return;
        answered.push(reference);
      }
    };
    const senders = Promise.all(Array.from({ length: 50 }, sendUntilItDies));
    await eventually(async () => answered.length >= 1_000);
    await end(child, 'SIGKILL');
    await senders;

    const { bank: reborn } = await givenABankProcess(ledgerFile);
    const standings = await Promise.all(answered.map((reference) => reborn.standing(reference)));
    expect(standings.filter((standing) => standing !== 'completed')).toEqual([]);
    const { body } = await reborn.request('GET', '/audit');
    expect(body.moved).toBeGreaterThanOrEqual(answered.length);
    expect(body.moved_more_than_once).toBe(0);
  });

  it('completes its open transfers after kill -9, with the outcomes drawn on arrival', async () => {
    const ledgerFile = givenALedgerFile();
    const { child, bank } = await givenABankProcess(ledgerFile);
    await bank.behave({ mode: 'declined', code: 'ACCOUNT_BLOCKED', latency_ms: [60_000, 60_000] });
    bank.pay('refused.1').catch(() => undefined);
    await eventually(async () => (await bank.standing('refused.1')) === 'processing');
    await bank.behave({ mode: 'happy' });
    bank.pay('paid.1').catch(() => undefined);
    await eventually(async () => (await bank.standing('paid.1')) === 'processing');
    await end(child, 'SIGKILL');

    const { bank: reborn } = await givenABankProcess(ledgerFile);
    expect([await reborn.standing('refused.1'), await reborn.standing('paid.1')]).toEqual([
      'ACCOUNT_BLOCKED',
      'completed',
    ]);
    expect((await reborn.request('GET', '/mode')).body).toMatchObject({ mode: 'happy', latency_ms: [60_000, 60_000] });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('ends cleanly on %s while clients wait', async (signal) => {
    const { child, bank } = await givenABankProcess(givenALedgerFile());
    await bank.behave({ mode: 'timeout' });
    bank.pay('p1.1').catch(() => undefined);
    expect(await end(child, signal)).toEqual([0, null]);
  });

  it('ends with its parent if started so', async () => {
    const { child } = await givenABankProcess(givenALedgerFile(), '--exit-with-parent');
    const exit = once(child, 'exit');
    child.stdin?.end();
    expect(await exit).toEqual([0, null]);
  });

  it('reports in one line a port in use, a locked ledger or a wrong option', async () => {
    const ledgerFile = givenALedgerFile();
    const { bank } = await givenABankProcess(ledgerFile);
    const { port } = new URL(bank.url);

    const oneLine = (what: string) => ({ code: 1, output: expect.stringMatching(`^mock bank: .*${what}.*\n$`) });
    expect(await failure(spawnBank('--port', port, '--ledger', ':memory:'))).toEqual(oneLine(`port ${port} is in use`));
    expect(await failure(spawnBank('--port', '0', '--ledger', ledgerFile))).toEqual(
      oneLine('another bank has the ledger'),
    );
    expect(await failure(spawnBank('--port', 'http'))).toEqual(oneLine('not a port number'));
    expect(await failure(spawnBank('--prot', '1'))).toEqual(oneLine('--prot'));
  });
});
