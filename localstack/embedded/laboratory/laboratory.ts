import { setTimeout } from 'node:timers/promises';
import type { Child, RunningProcess } from '../children.ts';
import { RECEIVE_WAIT_SECONDS } from '../offline/sqs-event.ts';
import { print } from '../output.ts';
import type { Restartable } from '../restartable.ts';
import type { Settings } from '../settings.ts';
import type { Stack, StackInternals } from '../stack.ts';
import { type Answer, startLaboratory } from './server.ts';
import type { BankSettings, LaboratoryProcess } from './shapes.ts';
import { Verification } from './verification.ts';

/** After the longest receive of a killed poller, with room for a slow machine. */
const RECEIVES_END_MS = RECEIVE_WAIT_SECONDS * 1_000 + 500;
const BANK_TIMEOUT_MS = 2_000;

/** What the laboratory works on. */
type Running = {
  readonly settings: Pick<Settings, 'dataDir' | 'port'>;
  readonly service: Restartable;
  readonly bank: Child | undefined;
  readonly bankUrl: string;
  readonly aws: Pick<Stack, 'resumeExecutions'> & { readonly internals?: StackInternals };
};

/** Serves the laboratory of a service that is ready. */
export async function openLaboratory(port: number, running: Running): Promise<void> {
  const { settings, service, bankUrl } = running;
  const verification = new Verification(settings.dataDir);
  await startLaboratory(port, settings.port, {
    state: async () => ({
      processes: processesOf(running),
      restarting: service.isRestarting,
      bank: await readBank(bankUrl),
    }),
    setBank: (body) => askBank(bankUrl, { method: 'PUT', body }),
    restart: () => {
      if (service.isRestarting) return false;
      restart(running).catch((error: Error) => print(`The functions cannot be restarted: ${error.message}`));
      return true;
    },
    killAll: () => killAll(running),
    lastVerify: () => verification.last,
    verify: () => verification.ask(),
  });
}

/** Queues, tables and the bank go on. As after a start, the executions restart and messages in flight are visible soon. */
async function restart({ service, aws }: Running): Promise<void> {
  print('Killing the functions with SIGKILL, and starting them again.');
  aws.internals?.interruptExecutions();
  await service.restart(async () => {
    await setTimeout(RECEIVES_END_MS);
    // Without it they are visible after their visibility timeouts.
    await aws.internals?.releaseMessages().catch((error: Error) => print(`Messages stay in flight: ${error.message}`));
  });
  await aws.resumeExecutions();
  print('The functions are ready again.');
}

function processesOf({ service, bank, aws }: Running): LaboratoryProcess[] {
  const self = { pid: process.pid, startedAt: new Date(Date.now() - process.uptime() * 1_000) };
  const all: readonly [name: string, running: Partial<RunningProcess> | undefined, restarts: number][] = [
    ['functions and API', service.process, service.restarts],
    ['mock bank', bank, 0],
    ['database', aws.internals?.database, 0],
    ['queues, files, executions and the supervisor', self, 0],
  ];
  return all.flatMap(([name, running, restarts]) =>
    running?.pid === undefined || running.startedAt === undefined
      ? []
      : [{ name, pid: running.pid, started_at: running.startedAt.toISOString(), restarts }],
  );
}

/** Children first: none of them sees the end of another one. */
function killAll(running: Running): void {
  for (const { pid } of processesOf(running)) {
    if (pid === process.pid) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has just ended.
    }
  }
  process.kill(process.pid, 'SIGKILL');
}

async function readBank(url: string): Promise<BankSettings | null> {
  const { status, body } = await askBank(url);
  return status === 200 ? (body as BankSettings) : null;
}

async function askBank(url: string, request: RequestInit = {}): Promise<Answer> {
  try {
    const answer = await fetch(`${url}/mode`, { ...request, signal: AbortSignal.timeout(BANK_TIMEOUT_MS) });
    const body = (await answer.json()) as { code?: string; message?: string };
    return { status: answer.status, body: answer.ok ? body : { error: { code: body.code, message: body.message } } };
  } catch (error) {
    const message = `The mock bank does not answer: ${(error as Error).message}`;
    return { status: 502, body: { error: { code: 'GATEWAY_ERROR', message } } };
  }
}
