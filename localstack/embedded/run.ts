/**
 * Runs the service on this machine: serverless-offline with the functions, the mock bank, and an emulator of AWS. `npm start`
 * and `npm run start:localstack` differ only in the emulator.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Child } from './children.ts';
import { onNpmKilled } from './exit-with-npm.ts';
import { openLaboratory } from './laboratory/laboratory.ts';
import { launchBank, launchService } from './launch.ts';
import { print, startMessage, withoutRepeats } from './output.ts';
import { becomesFree, freePort } from './ports.ts';
import { Restartable } from './restartable.ts';
import {
  auditPublicKey,
  bankSecret,
  localApiKey,
  lockDataDir,
  removeEndpointsFile,
  type Settings,
  sha256Hex,
  writeEndpointsFile,
} from './settings.ts';
import type { StackInternals } from './stack.ts';

/** Longer than the timeout of any function, so that invocations in progress can finish. */
const SERVICE_GRACE_MS = 35_000;
const BANK_GRACE_MS = 5_000;
/** How long to wait for the ports of a service that was just killed. */
const PORT_TIMEOUT_MS = 3_000;

/** An emulator of AWS that is not running yet. */
export interface AwsPlan {
  /** The value of AWS_ENDPOINT_URL. */
  endpoint: string;
  dynamoEndpoint: string;
  /** DynamoDB is the embedded emulator. */
  isEmbedded: boolean;
  /** Step Functions, if it has an endpoint of its own. */
  statesEndpoint?: string;
  /** Where the laboratory listens. It needs an emulator that runs in this process. */
  laboratoryPort?: number;
  /** Called after the child processes were started. */
  start(lambdaPort: number, log: (line: string) => void): Promise<Aws>;
}

export interface Aws {
  /** Resolves with a message for the user if the emulator fails. */
  failed: Promise<string>;
  /** Restarts interrupted executions. Called when functions can be invoked. */
  resumeExecutions(): Promise<void>;
  stop(): Promise<void>;
  /** Of an emulator that runs in this process. */
  internals?: StackInternals;
}

export interface RunOptions {
  settings: Settings;
  /** @throws Error with a one-line message if the emulator cannot run. */
  planAws(settings: Settings): Promise<AwsPlan>;
  /** The URL of a running bank; if undefined, the mock bank is started. */
  findBank?(settings: Settings): Promise<string | undefined>;
}

interface Running {
  settings: Settings;
  service: Restartable;
  bank: Child | undefined;
  aws: Aws;
}

export const localUrl = (port: number) => `http://127.0.0.1:${port}`;
const warn = withoutRepeats((line) => process.stderr.write(`! ${line}\n`));

/** Exits with 0 after a requested stop, with 1 and an error message after a failure. */
export function run(options: () => RunOptions): void {
  runUntilStopped(options).then(
    () => process.exit(0),
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    },
  );
}

async function runUntilStopped(options: () => RunOptions): Promise<void> {
  const { settings, ...plans } = options();
  mkdirSync(join(settings.dataDir, 'logs'), { recursive: true });
  const lock = lockDataDir(settings.dataDir);
  onNpmKilled(() => process.kill(process.pid, 'SIGKILL'));
  const stopSignal = waitForStopSignal();
  try {
    const running = await Promise.race([start({ settings, ...plans }), stopSignal]);
    if (running === undefined) return; // stopped before it was ready
    await Promise.race([stopSignal, rejectAtFirstExit(running)]);
    print('Stopping after the requests in progress. Press Ctrl-C again to stop at once.');
    await stop(running);
  } finally {
    removeEndpointsFile(settings.dataDir);
    lock.close();
  }
}

async function start({ settings, planAws, findBank }: RunOptions): Promise<Running> {
  const { dataDir, port, bankPort } = settings;
  removeEndpointsFile(dataDir);
  const [plan, runningBank] = await Promise.all([
    planAws(settings),
    findBank?.(settings),
    requireFreePort('SLUICE_PORT', port),
  ]);
  if (runningBank === undefined) await requireFreePort('SLUICE_BANK_PORT', bankPort);
  const bankUrl = runningBank ?? localUrl(bankPort);
  const apiKey = localApiKey(dataDir);
  const lambdaPort = await freePort();
  const { laboratoryPort } = plan;
  const laboratory = laboratoryPort === undefined ? undefined : localUrl(laboratoryPort);
  const bank = runningBank === undefined ? launchBank(settings) : undefined;
  const apiKeyHash = sha256Hex(apiKey);
  const service = new Restartable(() =>
    launchService({ settings, plan, bankUrl, laboratory, lambdaPort, apiKeyHash, onError: warn }),
  );
  const aws = await plan.start(lambdaPort, warn);
  const running = { settings, service, bank, aws };
  await Promise.race([Promise.all([bank?.firstOutput, service.ready]), rejectAtFirstExit(running)]);
  await aws.resumeExecutions();
  if (laboratoryPort !== undefined) await openLaboratory(laboratoryPort, { ...running, bankUrl });
  const endpoints = {
    api: localUrl(port),
    apiKey,
    aws: plan.endpoint,
    bank: bankUrl,
    laboratory,
    auditKey: auditPublicKey(dataDir),
    bankSecret: bankSecret(dataDir),
  };
  writeEndpointsFile(dataDir, endpoints);
  print(startMessage(endpoints, settings, process.uptime()));
  return running;
}

/** @throws Error that names the port and the variable that changes it. */
export async function requireFreePort(variable: string, port: number): Promise<void> {
  if (await becomesFree(port, PORT_TIMEOUT_MS)) return;
  throw new Error(`Port ${port} is in use. Free it, or choose another with ${variable}.`);
}

/** Rejects when a process or the emulator ends. */
async function rejectAtFirstExit({ service, bank, aws }: Running): Promise<never> {
  throw new Error(await Promise.race([service.exited, ...(bank ? [bank.exited] : []), aws.failed]));
}

/**
 * Stops the service first. Its pollers must complete their receives: a message sent to a closed connection stays invisible
 * until its visibility timeout. Functions in progress still need the bank and the tables.
 */
async function stop({ settings, service, bank, aws }: Running): Promise<void> {
  removeEndpointsFile(settings.dataDir);
  await service.stop(SERVICE_GRACE_MS);
  await Promise.all([bank?.stop(BANK_GRACE_MS), aws.stop()]);
}

/** Resolves at the first SIGINT, SIGTERM or SIGHUP. At the second one the process exits; its children exit with it. */
function waitForStopSignal(): Promise<void> {
  return new Promise((resolve) => {
    let isStopping = false;
    const onSignal = () => {
      if (isStopping) process.exit(1);
      isStopping = true;
      resolve();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  });
}
