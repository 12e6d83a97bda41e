/**
 * `npm run fuzz`: Schemathesis against a service of its own, from the served OpenAPI document. All phases and checks, and those of
 * hooks.py. The operations of each tag have a run of their own: scenarios of all operations reach few of them, and links stay within a
 * tag. The runs share a service, but for those that change what other requests do. Arguments are those of `schemathesis run`, for one run only, such as `--include-tag payouts`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { partition } from 'es-toolkit';
import type { Sluice } from '../../client/index.ts';
import { LOCAL_KEY_ID } from '../../lib/access/key.ts';
import { clientOf } from '../endpoints.ts';
import { virtualEnvironment } from '../python.ts';
import { ramDisk } from '../ram-disk.ts';
import { withService } from '../service.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Node's server answers a longer URL itself, without a body. API Gateway has a limit and an answer of its own. */
const LONG_HEADERS = { NODE_OPTIONS: '--max-http-header-size=65536' };

/** What the examples of the document need: requests of theirs name this wallet and this provider. */
async function seed({ wallets, providers }: Sluice): Promise<void> {
  await wallets.create({ user_id: 'ana', currency: 'ETH' });
  await wallets.deposit('ana', { amount: '10000000000000000000', currency: 'ETH' });
  await providers.create({ provider_id: 'pln', name: 'Perusahaan Listrik Negara' });
}

process.env.TMPDIR ??= ramDisk();

/** Rules of approvals stop all batches, and endpoints get the events of all. */
const ALONE = new Set(['access', 'webhooks']);

/** Runs one after the other against a new service. @returns whether all have passed */
async function fuzz(command: string, runs: readonly (readonly string[])[]): Promise<boolean> {
  return withService(async (service) => {
    const endpoints = await service.start(LONG_HEADERS);
    await seed(clientOf(endpoints));
    const codes: number[] = [];
    for (const args of runs) {
      // Not synchronously: this process also reads the output of the service.
      const fuzzing = spawn(command, ['run', `${endpoints.api}/openapi.json`, ...args], {
        cwd: ROOT,
        stdio: 'inherit',
        env: {
          ...process.env,
          SLUICE_API_KEY: endpoints.apiKey,
          SLUICE_KEY_ID: LOCAL_KEY_ID,
          SCHEMATHESIS_HOOKS: 'scripts.fuzz.hooks',
          PYTHONPATH: ROOT,
          PYTHONDONTWRITEBYTECODE: '1',
        },
      });
      const [code] = await once(fuzzing, 'exit');
      codes.push(code ?? 1);
    }
    return codes.every((code) => code === 0);
  });
}

type Described = {
  readonly tags?: readonly string[];
  readonly responses: Readonly<Record<string, { links?: object }>>;
};
type Document = {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
};

/** The runs of each service. Without links there are no scenarios, which Schemathesis calls an error. */
function runsOf({ tags, paths }: Document): string[][][] {
  const operations = Object.values(paths).flatMap((path) => Object.values(path));
  const runOf = (name: string) => {
    const own = operations.filter((operation) => operation.tags?.includes(name));
    const isLinked = own.some(({ responses }) => Object.values(responses).some(({ links }) => links));
    return ['--include-tag', name, ...(isLinked ? [] : ['--phases', 'examples,coverage,fuzzing'])];
  };
  const [alone, together] = partition(
    tags.map(({ name }) => name),
    (name) => ALONE.has(name),
  );
  return [together.map(runOf), ...alone.map((name) => [runOf(name)])];
}

const commands = await virtualEnvironment(join(ROOT, '.fuzz'), join(import.meta.dirname, 'requirements.txt'));
if (commands === undefined) {
  console.log('Fuzzing needs Python 3.10 or newer with venv: skipped.');
} else {
  const args = process.argv.slice(2);
  const services =
    args.length > 0 ? [[args]] : runsOf(JSON.parse(readFileSync(join(ROOT, 'docs/openapi.json'), 'utf8')));
  for (const runs of services) if (!(await fuzz(join(commands, 'schemathesis'), runs))) process.exitCode = 1;
}
