/**
 * The service on this machine, until it is told to stop: serverless-offline with the functions, the mock bank, and
 * beside them whatever stands in for AWS. `npm start` and `npm run start:localstack` differ in that alone.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { announcement, withoutRepeats } from './announce.ts';
import type { Child } from './children.ts';
import { launchBank, launchService } from './launch.ts';
import { whenNpmDies } from './npm.ts';
import { becomesFree, freePort } from './ports.ts';
import { localApiKey, lockDataDir, publish, type Settings, sha256Hex, unpublish } from './settings.ts';

/** Longer than any function's timeout: what is under way at Ctrl-C may finish. */
const SERVICE_GRACE_MS = 35_000;
const BANK_GRACE_MS = 5_000;
/** For the children of a service that was killed a moment ago to let go of their ports. */
const PORT_PATIENCE_MS = 3_000;

/** What stands in for AWS, before it runs. */
export interface AwsPlan {
  /** What to put into AWS_ENDPOINT_URL. */
  endpoint: string;
  /** Where DynamoDB itself answers. */
  dynamoEndpoint: string;
  /** Where Step Functions answers, if not there, too. */
  statesEndpoint?: string;
  /** Begins once the children are on their way, which they need it for. */
  start(lambdaPort: number, log: (line: string) => void): Promise<Aws>;
}

export interface Aws {
  /** Resolves, with what to tell the user, when it ends by itself. */
  failed: Promise<string>;
  /** Begins executions again that were cut off. Called once functions can be invoked. */
  resumeExecutions(): Promise<void>;
  stop(): Promise<void>;
}

export interface RunOptions {
  settings: Settings;
  /** @throws Error with a one-line message when it cannot be. */
  planAws(settings: Settings): Promise<AwsPlan>;
  /** A bank that runs elsewhere; without one the mock bank is started. */
  findBank?(settings: Settings): Promise<string | undefined>;
}

interface Running {
  settings: Settings;
  service: Child;
  bank: Child | undefined;
  aws: Aws;
}

export const local = (port: number) => `http://127.0.0.1:${port}`;
export const say = (line: string) => process.stdout.write(`${line}\n`);
const warn = withoutRepeats((line) => process.stderr.write(`! ${line}\n`));

/** Ends the process: with 0 when asked to stop, with 1 and the reason when it could not start or go on. */
export function run(options: () => RunOptions): void {
  runUntilAsked(options).then(
    () => process.exit(0),
    (error: Error) => {
      process.stderr.write(`${error.message}\n`);
      process.exit(1);
    },
  );
}

async function runUntilAsked(options: () => RunOptions): Promise<void> {
  const { settings, ...plans } = options();
  mkdirSync(join(settings.dataDir, 'logs'), { recursive: true });
  const lock = lockDataDir(settings.dataDir);
  whenNpmDies(() => process.kill(process.pid, 'SIGKILL'));
  const asked = stopAsked();
  try {
    const running = await Promise.race([start({ settings, ...plans }), asked]);
    if (running === undefined) return; // not ready yet, so nothing to finish
    await Promise.race([asked, firstGone(running)]);
    say('Stopping: what is under way finishes first. Ctrl-C again does not wait.');
    await stop(running);
  } finally {
    unpublish(settings.dataDir);
    lock.close();
  }
}

async function start({ settings, planAws, findBank }: RunOptions): Promise<Running> {
  const { dataDir, port, bankPort } = settings;
  unpublish(dataDir);
  const [plan, otherBank] = await Promise.all([planAws(settings), findBank?.(settings), claim('SLUICE_PORT', port)]);
  if (otherBank === undefined) await claim('SLUICE_BANK_PORT', bankPort);
  const bankUrl = otherBank ?? local(bankPort);
  const apiKey = localApiKey(dataDir);
  const lambdaPort = await freePort();
  const bank = otherBank === undefined ? launchBank(settings) : undefined;
  const service = launchService({ settings, plan, bankUrl, lambdaPort, apiKeyHash: sha256Hex(apiKey), onError: warn });
  const aws = await plan.start(lambdaPort, warn);
  const running = { settings, service, bank, aws };
  await Promise.race([Promise.all([bank?.spoke, service.ready]), firstGone(running)]);
  await aws.resumeExecutions();
  const endpoints = { api: local(port), apiKey, aws: plan.endpoint, bank: bankUrl };
  publish(dataDir, endpoints);
  say(announcement(endpoints, settings, process.uptime()));
  return running;
}

/** @throws Error that names the port taken, and the variable that moves it. */
export async function claim(variable: string, port: number): Promise<void> {
  if (await becomesFree(port, PORT_PATIENCE_MS)) return;
  throw new Error(`Port ${port} is in use. Free it, or choose another with ${variable}.`);
}

/** Rejects, naming it, when the first of the parts ends. */
async function firstGone({ service, bank, aws }: Running): Promise<never> {
  throw new Error(await Promise.race([service.gone, ...(bank ? [bank.gone] : []), aws.failed]));
}

/**
 * The service first: its pollers let their receives end, since a queue swallows the message it hands to a receive that
 * was cut off, and what is in the functions' hands still needs the bank and the tables.
 */
async function stop({ settings, service, bank, aws }: Running): Promise<void> {
  unpublish(settings.dataDir);
  await service.stop(SERVICE_GRACE_MS);
  await Promise.all([bank?.stop(BANK_GRACE_MS), aws.stop()]);
}

/** Resolves at the first Ctrl-C or SIGTERM. A second one does not wait: the children end with this process. */
function stopAsked(): Promise<void> {
  return new Promise((resolve) => {
    let asked = false;
    const onSignal = () => {
      if (asked) process.exit(1);
      asked = true;
      resolve();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal);
  });
}
