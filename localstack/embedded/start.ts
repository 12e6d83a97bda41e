/**
 * `npm start`: the whole service on this machine. Three processes besides this one: DynamoDB, the mock bank, and
 * serverless-offline with the functions; the rest of AWS runs in here (stack.ts).
 *
 * SLUICE_PORT, SLUICE_AWS_PORT, SLUICE_BANK_PORT and SLUICE_DATA_DIR move it aside, so that two can run at once.
 */

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { announcement, withoutRepeats } from './announce.ts';
import type { Child } from './children.ts';
import { findDynamo } from './dynoxide.ts';
import { launchBank, launchService } from './launch.ts';
import { whenNpmDies } from './npm.ts';
import { becomesFree, freePort } from './ports.ts';
import { localApiKey, lockDataDir, publish, readSettings, type Settings, sha256Hex, unpublish } from './settings.ts';
import type { Stack } from './stack.ts';

/** Longer than any function's timeout: what is under way at Ctrl-C may finish. */
const SERVICE_GRACE_MS = 35_000;
const BANK_GRACE_MS = 5_000;
/** For the children of a service that was killed a moment ago to let go of their ports. */
const PORT_PATIENCE_MS = 3_000;

interface Running {
  settings: Settings;
  service: Child;
  bank: Child;
  stack: Stack;
}

const say = (line: string) => process.stdout.write(`${line}\n`);
const warn = withoutRepeats((line) => process.stderr.write(`! ${line}\n`));

async function start(settings: Settings): Promise<Running> {
  const { dataDir, awsPort } = settings;
  const dynamo = findDynamo();
  await checkPorts(settings);
  unpublish(dataDir);
  const apiKey = localApiKey(dataDir);
  const dynamoPort = await freePort();
  const lambdaPort = await freePort();
  const dynamoOrigin = 'origin' in dynamo ? dynamo.origin : `http://127.0.0.1:${dynamoPort}`;
  const bank = launchBank(settings);
  const service = launchService({ settings, lambdaPort, dynamoOrigin, apiKeyHash: sha256Hex(apiKey), onError: warn });
  const { startStack } = await import('./stack.ts'); // only now, so that it loads while the children do
  const stack = await startStack({ dataDir, port: awsPort, dynamoPort, lambdaPort, log: warn });
  await Promise.race([Promise.all([bank.spoke, service.ready]), firstGone(service, bank, stack)]);
  await stack.resumeExecutions();
  const local = (port: number) => `http://127.0.0.1:${port}`;
  const endpoints = { api: local(settings.port), apiKey, aws: local(awsPort), bank: local(settings.bankPort) };
  publish(dataDir, endpoints);
  say(announcement(endpoints, settings, process.uptime()));
  return { settings, service, bank, stack };
}

/** @throws Error that names the port taken, and the variable that moves it. */
async function checkPorts({ port, awsPort, bankPort }: Settings): Promise<void> {
  const wanted = { SLUICE_PORT: port, SLUICE_AWS_PORT: awsPort, SLUICE_BANK_PORT: bankPort };
  await Promise.all(
    Object.entries(wanted).map(async ([variable, number]) => {
      if (await becomesFree(number, PORT_PATIENCE_MS)) return;
      throw new Error(`Port ${number} is in use. Free it, or choose another with ${variable}.`);
    }),
  );
}

/** Rejects, naming it, when the first of the processes ends. */
async function firstGone(service: Child, bank: Child, stack: Stack): Promise<never> {
  throw new Error(await Promise.race([service.gone, bank.gone, stack.failed]));
}

/**
 * The service first: its pollers let their receives end, since a queue swallows the message it hands to a receive that
 * was cut off, and what is in the functions' hands still needs the bank and the tables.
 */
async function stop({ settings, service, bank, stack }: Running): Promise<void> {
  unpublish(settings.dataDir);
  await service.stop(SERVICE_GRACE_MS);
  await Promise.all([bank.stop(BANK_GRACE_MS), stack.stop()]);
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

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  mkdirSync(join(settings.dataDir, 'logs'), { recursive: true });
  const lock = lockDataDir(settings.dataDir);
  whenNpmDies(() => process.kill(process.pid, 'SIGKILL'));
  const asked = stopAsked();
  try {
    const running = await Promise.race([start(settings), asked]);
    if (running === undefined) return; // not ready yet, so nothing to finish
    await Promise.race([asked, firstGone(running.service, running.bank, running.stack)]);
    say('Stopping: what is under way finishes first. Ctrl-C again does not wait.');
    await stop(running);
  } finally {
    unpublish(settings.dataDir);
    lock.close();
  }
}

main().then(
  () => process.exit(0),
  (error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  },
);
