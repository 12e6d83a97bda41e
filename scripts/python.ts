import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Makes a virtual environment with these packages, once, and again if they change.
 * @param requirements a file of pip @returns the folder of its commands; undefined without Python 3.10 or newer
 */
export async function virtualEnvironment(folder: string, requirements: string): Promise<string | undefined> {
  const commands = join(folder, 'bin');
  const made = join(folder, 'requirements.txt');
  const wanted = readFileSync(requirements, 'utf8');
  if (existsSync(made) && readFileSync(made, 'utf8') === wanted) return commands;
  const isPython = (name: string) =>
    spawnSync(name, ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'], { stdio: 'ignore' })
      .status === 0;
  const python = ['python3', '/usr/bin/python3', 'python'].find(isPython);
  if (python === undefined) return undefined;
  const steps = [
    [python, '-m', 'venv', '--clear', folder],
    // Python compiles what it imports. pip would compile all, which takes longer than the installation.
    [join(commands, 'pip'), 'install', '--quiet', '--no-compile', '--disable-pip-version-check', '-r', requirements],
  ];
  for (const [name = '', ...args] of steps) {
    const [code] = await once(spawn(name, args, { stdio: 'inherit' }), 'exit');
    if (code !== 0) throw new Error(`${name} ${args.join(' ')} failed.`);
  }
  writeFileSync(made, wanted);
  return commands;
}
