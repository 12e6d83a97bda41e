/** The processes `npm start` runs, each with a log file, none of which outlives it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** How much of a child's output is shown when it ends unasked. */
const TAIL_LINES = 15;

export interface ChildOptions {
  name: string;
  /** Arguments of this node, starting with the script. */
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** Hears every line of output. */
  onLine?: (line: string) => void;
}

export interface Child {
  name: string;
  /** Resolves, with what to tell the user, when the process is gone. */
  gone: Promise<string>;
  /** Resolves at its first line of output. */
  spoke: Promise<void>;
  /** Resolves at its first IPC message. */
  ready: Promise<void>;
  /** Asks it to end, and after `graceMs` makes it. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Starts a node child in a process group of its own: a Ctrl-C in the terminal reaches only the parent, which then stops
 * its children in the right order. Both its stdin and its IPC channel end with the parent.
 */
export function startChild({ name, args, cwd, env, logFile, onLine = () => {} }: ChildOptions): Child {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe', 'ipc'], detached: true });
  const tail: string[] = [];
  const log = createWriteStream(logFile, { flags: 'a' });
  for (const output of [child.stdout, child.stderr]) {
    if (output === null) continue;
    createInterface({ input: output }).on('line', (line) => {
      log.write(`${line}\n`);
      if (tail.push(line) > TAIL_LINES) tail.shift();
      onLine(line);
    });
  }
  const gone = once(child, 'exit').then(([code, signal]) => {
    const how = signal ?? `exit code ${code}`;
    return [`${name} ended with ${how}. The end of ${logFile}:`, ...tail.map((line) => `  ${line}`)].join('\n');
  });
  const spoke = child.stdout === null ? Promise.resolve() : once(child.stdout, 'data').then(() => {});
  const ready = once(child, 'message').then(() => {});
  const stop = async (graceMs: number) => {
    const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.kill('SIGTERM');
    await gone;
    clearTimeout(killer);
  };
  return { name, gone, spoke, ready, stop };
}
