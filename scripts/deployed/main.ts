/**
 * `npm run test:deployed`: deploys the compiled application to MiniStack and runs a flow of every domain against it (test/deployed),
 * with kill -9 of Lambda processes, and `verify`. Fails on a call to AWS that the role of its function does not allow.
 *
 *     --on start          against `npm start` instead
 *     --endpoint URL      deploys to this server with the API of AWS, such as LocalStack, instead of an own MiniStack
 *     --all               then the end-to-end suites that need no service of their own, and `verify` once more
 *     --keep              leaves all running after the tests, until Ctrl-C
 *     --write-docs        stores the results in docs/localstack.md
 *
 * It needs Python 3.10 or newer; without it nothing is run, and with CI set in the environment this is a failure. All that it starts ends
 * with it, and its files are below one temporary folder, which it removes.
 */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startBank } from '../../localstack/bank/server.ts';
import { freePort } from '../../localstack/embedded/ports.ts';
import { bankSecret } from '../../localstack/embedded/settings.ts';
import { MockBank } from '../bank.ts';
import { run } from '../command.ts';
import { GATEWAY } from '../contract/walk/wallets.ts';
import type { Endpoints } from '../endpoints.ts';
import { withService } from '../service.ts';
import { deployLocal, firstKey, packageStage, storeRailSecret } from './deploy.ts';
import { writeDocument } from './document.ts';
import { type Ran, runFlows } from './flows.ts';
import { installMiniStack, MINISTACK, startMiniStack } from './ministack.ts';
import { NAME_THE_CALLER, startRecordingProxy } from './proxy.ts';
import { CallRecorder } from './recorder.ts';
import { checkTemplates, installTemplateChecks } from './templates.ts';
import { inTemporaryFolder } from './temporary-folder.ts';

/** A killed function holds its lease for so long; recovery, which runs every minute, then finds what is a second old. */
const SETTINGS = {
  ...GATEWAY,
  GATEWAY_DEADLINE_MS: '1500',
  GATEWAY_BUDGET_MS: '6000', // a second Lambda process starts within it
  BANK_DEADLINE_MS: '1500',
  PAYOUT_CHUNK_LEASE_MS: '5000',
  RECOVERY_AFTER_MS: '1000',
};

const { values } = parseArgs({
  options: {
    on: { type: 'string', default: 'ministack' },
    endpoint: { type: 'string' },
    all: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
  },
});

async function timed<Result>(what: string, work: Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  const result = await work;
  console.log(`${what} in ${Math.round((performance.now() - startedAt) / 1_000)} s`);
  return result;
}

/** @returns the exit code of the flows */
function documented(server: string, { code, suites }: Ran): number {
  if (values['write-docs']) writeDocument(server, suites, performance.now() / 1_000);
  return code;
}

async function onStart(): Promise<number> {
  return withService(async (service) => {
    await service.start(SETTINGS);
    return documented('npm start', await runFlows(service.dataDir, values));
  });
}

function untilInterrupted(dataDir: string): Promise<never> {
  console.log(`Running until Ctrl-C. For the scripts: SLUICE_DATA_DIR=${dataDir}`);
  return new Promise(() => {});
}

/** While the flows run nothing waits for this. */
function printed(error: Error): false {
  console.error(error.message);
  return false;
}

/** Checks the templates of packaged stages. */
async function checked(folders: readonly string[]): Promise<boolean> {
  const commands = await installTemplateChecks();
  return commands === undefined || checkTemplates(commands, folders);
}

/** @param commands of MiniStack; undefined with another endpoint */
async function onDeployed(folder: string, commands: string | undefined): Promise<number> {
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir);
  const secret = bankSecret(dataDir);
  const bankPort = await freePort();
  const bankUrl = `http://127.0.0.1:${bankPort}`;
  const artifacts = process.env.SLUICE_ARTIFACTS ?? join(folder, 'prod');
  const packaging = process.env.SLUICE_ARTIFACTS ? undefined : packageStage('prod', artifacts);
  const recorder = new CallRecorder();
  const proxy = await startRecordingProxy(recorder.record);
  const env = { AWS_ENDPOINT_URL: proxy.endpoint, NODE_OPTIONS: NAME_THE_CALLER };
  const mini = commands === undefined ? undefined : await startMiniStack(commands, folder, env);
  const aws = mini ? mini.endpoint : (values.endpoint ?? '');
  proxy.target = new URL(aws);
  await timed('Packaged', Promise.resolve(packaging));
  const [ofThisStage, withVpc] = [join(folder, 'local'), join(folder, 'vpc')];
  await timed('Packaged for this stage', packageStage('local', ofThisStage, artifacts));
  await timed('Packaged with a VPC', packageStage('prod', withVpc, artifacts, ['vpc=on']));
  const checking = timed('Checked the templates', checked([artifacts, ofThisStage, withVpc])).catch(printed);
  const rails = await storeRailSecret(aws);
  const settings = { ...SETTINGS, ...rails.settings, SLUICE_BANK_URL: bankUrl, RAIL_NOTIFICATION_SECRETS: secret };
  const deployed = await timed('Deployed', deployLocal(aws, artifacts, settings));
  const { api } = deployed;
  const notify = { url: `${api}/rail/notifications`, secret };
  const bank = await startBank({ port: bankPort, ledgerFile: join(dataDir, 'bank.db'), notify });
  await new MockBank({ bank: bankUrl }).setMode({ accepts: rails.accepts });
  const apiKey = await timed('Migrated, with a key', firstKey(aws, deployed));
  const endpoints: Endpoints = { api, apiKey, aws, bank: bankUrl, bankSecret: secret };
  writeFileSync(join(dataDir, 'endpoints.json'), JSON.stringify(endpoints));
  try {
    const code = documented(mini ? MINISTACK : aws, await runFlows(dataDir, values, mini?.pid));
    const isAllowed = mini === undefined || (await recorder.report(aws));
    if (values.keep) await untilInterrupted(dataDir);
    return code || Number(!(isAllowed && (await checking)));
  } finally {
    await bank.stop();
    proxy.stop();
  }
}

await run(async () => {
  if (values.on === 'start') return onStart();
  if (values.on !== 'ministack') throw new Error('--on takes ministack or start.');
  const commands = values.endpoint ? undefined : await installMiniStack();
  if (!(values.endpoint || commands)) {
    console.log('The deployed run needs Python 3.10 or newer with venv: skipped.');
    return process.env.CI ? 1 : 0;
  }
  return inTemporaryFolder((folder) => onDeployed(folder, commands));
});
process.exit(); // servers of a run that failed are still open
