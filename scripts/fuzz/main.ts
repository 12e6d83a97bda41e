/**
 * `npm run fuzz`: Schemathesis against a service of its own, from the served OpenAPI document. All phases and checks, and those of
 * hooks.py. FUZZ_SECONDS sets the time of the fuzzing and stateful phases.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { withService } from '../service.ts';

const ROOT = join(import.meta.dirname, '../..');
const ENVIRONMENT = join(ROOT, '.fuzz');
const REQUIREMENTS = join(import.meta.dirname, 'requirements.txt');
const SECONDS = process.env.FUZZ_SECONDS ?? '120';

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): number {
  return spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', env: { ...process.env, ...env } }).status ?? 1;
}

/** Makes a virtual environment once. @returns Schemathesis' command; undefined without Python */
function schemathesis(): string | undefined {
  const command = join(ENVIRONMENT, 'bin/schemathesis');
  if (existsSync(command)) return command;
  const isPython = (name: string) =>
    spawnSync(name, ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'], { stdio: 'ignore' })
      .status === 0;
  const python = ['python3', '/usr/bin/python3', 'python'].find(isPython);
  if (python === undefined) return undefined;
  const steps = [
    [python, '-m', 'venv', '--clear', ENVIRONMENT],
    [join(ENVIRONMENT, 'bin/pip'), 'install', '--quiet', '--disable-pip-version-check', '--requirement', REQUIREMENTS],
  ];
  for (const [name = '', ...args] of steps) {
    if (run(name, args) !== 0) throw new Error(`${name} ${args.join(' ')} failed.`);
  }
  return command;
}

const command = schemathesis();
if (command === undefined) {
  console.log('Fuzzing needs Python 3.10 or newer with venv: skipped.');
} else {
  process.exitCode = await withService(async (service) => {
    const { api, apiKey, bank } = await service.start();
    return run(command, ['run', `${api}/openapi.json`, '--max-time', SECONDS], {
      SLUICE_API_KEY: apiKey,
      SLUICE_BANK: bank,
      SCHEMATHESIS_HOOKS: 'scripts.fuzz.hooks',
      PYTHONPATH: ROOT,
    });
  });
}
