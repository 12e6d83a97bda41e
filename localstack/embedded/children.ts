/** The child processes of `npm start`. Each has a log file and ends with its parent. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** How many lines of output are shown if a child exits unexpectedly. */
const TAIL_LINES = 15;

export interface ChildOptions {
  name: string;
  /** Arguments of this node, starting with the script. */
  args: string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  logFile: string;
  /** Called with each line of output. */
  onLine?: (line: string) => void;
}

export interface RunningProcess {
  /** Undefined if it could not be started. */
  pid: number | undefined;
  startedAt: Date;
}

export interface Child extends RunningProcess {
  name: string;
  /** Resolves with a message for the user when the process has exited. */
  exited: Promise<string>;
  /** Resolves at the first output. */
  firstOutput: Promise<void>;
  /** Resolves at the first IPC message. */
  ready: Promise<void>;
  /** Sends SIGTERM, and SIGKILL after `graceMs`. */
  stop(graceMs: number): Promise<void>;
  /** Sends SIGKILL. */
  kill(): void;
}

/**
 * Starts a node process in a process group of its own, so that Ctrl-C reaches only the parent, which stops its children in
 * the right order. The child's stdin and IPC channel close when the parent exits.
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
  const exited = once(child, 'exit').then(([code, signal]) => {
    const reason = signal ?? `exit code ${code}`;
    return [`${name} ended with ${reason}. The end of ${logFile}:`, ...tail.map((line) => `  ${line}`)].join('\n');
  });
  const firstOutput = child.stdout === null ? Promise.resolve() : once(child.stdout, 'data').then(() => {});
  const ready = once(child, 'message').then(() => {});
  const stop = async (graceMs: number) => {
    const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
    child.kill('SIGTERM');
    await exited;
    clearTimeout(killer);
  };
  const kill = () => void child.kill('SIGKILL');
  return { name, pid: child.pid, startedAt: new Date(), exited, firstOutput, ready, stop, kill };
}
