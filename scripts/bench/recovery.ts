import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { provision } from '../../localstack/embedded/provision/provision.ts';
import type { Template } from '../../localstack/embedded/provision/template.ts';
import { startStack } from '../../localstack/embedded/stack.ts';
import type { Recovered } from './recover.ts';
import { atMost, line } from './report.ts';

const RESOURCES = join(import.meta.dirname, '../../resources/withdrawals.yml');
/** Little room for garbage, so that the heap is near to what is needed. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=1'];
const BUDGET_SECONDS = 2;
const BUDGET_MB = 50;

export const RECOVERY_NOTES = `
recovery     open withdrawals in the emulator's table, of which 0, 1,000 or all are overdue; one run of the recovery in a process of
             its own, as the rule invokes it each minute. "heap MB": the most that the heap grew during the run, garbage
             included. A run sends up to 10,000 messages; "again" goes on where the run before it stopped. "stop" and "stats"
             are the requests of the processor`;

export type RecoveryMeasured = {
  readonly open: number;
  readonly loadSeconds: number;
  readonly runs: readonly Recovered[];
};

/** With a stack of its own, so that no worker takes what recovery finds. */
export async function measureRecovery(open: number): Promise<RecoveryMeasured> {
  const dataDir = mkdtempSync(join(tmpdir(), 'sluice-recovery-'));
  const stack = await startStack({ dataDir });
  try {
    const template = parse(readFileSync(RESOURCES, 'utf8').replace(/TableName: .*/, 'TableName: withdrawals'));
    const queue = { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'withdrawals' } };
    const Resources: Template['Resources'] = { ...template.Resources, Queue: queue };
    await provision({ Resources }, { endpoint: stack.endpoint });
    const env = {
      ...process.env,
      ...{ AWS_ENDPOINT_URL: stack.endpoint, AWS_REGION: 'us-east-1' },
      ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    };
    const script = join(import.meta.dirname, 'recover.ts');
    const { stdout } = await promisify(execFile)(process.execPath, [...FLAGS, script, `${open}`], { env });
    return { open, ...JSON.parse(stdout) };
  } finally {
    await stack.stop();
    rmSync(dataDir, { recursive: true });
  }
}

export function recoveryRows({ open, runs }: RecoveryMeasured) {
  return runs.map(({ what, overdue, seconds, heapMb, requests, sent }) => ({
    open,
    overdue,
    what,
    seconds: Number(seconds.toFixed(2)),
    'heap MB': Number(heapMb.toFixed(1)),
    requests,
    messages: sent,
  }));
}

export function recoveryBudgets({ open, runs }: RecoveryMeasured) {
  const most = (figure: (run: Recovered) => number) => Math.max(...runs.map(figure));
  const isFullSize = open >= 1_000_000;
  return [
    line(
      `recovery of ${open.toLocaleString('en')} open withdrawals, s`,
      most(({ seconds }) => seconds),
      atMost(BUDGET_SECONDS),
      isFullSize,
    ),
    line(
      'its heap, MB',
      most(({ heapMb }) => heapMb),
      atMost(BUDGET_MB),
      isFullSize,
    ),
  ];
}
