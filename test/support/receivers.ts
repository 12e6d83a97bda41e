import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { freePort } from '../../localstack/embedded/ports.ts';

export type Message = { readonly headers: Readonly<Record<string, string>>; readonly body: string };

/** A program that listens on PORT, and verifies with SLUICE_WEBHOOK_SECRET. */
export class Receiver {
  readonly url: string;
  readonly #child: ChildProcess;
  #output = '';

  private constructor(child: ChildProcess, port: number) {
    this.url = `http://127.0.0.1:${port}/hook`;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (text) => {
        this.#output += text;
      });
    }
  }

  /** Resolves when it accepts connections. */
  static async start(command: string, args: readonly string[], secret: string): Promise<Receiver> {
    const port = await freePort();
    const env = { ...process.env, PORT: `${port}`, SLUICE_WEBHOOK_SECRET: secret, PYTHONUNBUFFERED: '1' };
    const receiver = new Receiver(spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] }), port);
    while (!(await accepts(port))) {
      if (receiver.#child.exitCode !== null) throw new Error(`${command} ended:\n${receiver.#output}`);
      await setTimeout(20);
    }
    return receiver;
  }

  get output(): string {
    return this.#output;
  }

  async accepts({ headers, body }: Message): Promise<boolean> {
    const { status } = await fetch(this.url, { method: 'POST', headers, body });
    if (status !== 204 && status !== 400) throw new Error(`it answers ${status}:\n${this.#output}`);
    return status === 204;
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    this.#child.kill('SIGKILL');
    await once(this.#child, 'exit');
  }
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1')
    .on('connect', () => resolve(true))
    .on('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}

export type Ended = { readonly code: number; readonly output: string };

/** Runs a program to its end. */
export function runProgram(
  command: string,
  args: readonly string[],
  { cwd, env = {}, input = '' }: { cwd: string; env?: Record<string, string>; input?: string },
): Promise<Ended> {
  return new Promise((resolve) => {
    const child = execFile(command, args, { cwd, env: { ...process.env, ...env } }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, output: stdout + stderr }),
    );
    child.stdin?.on('error', () => {}).end(input); // it may not read it
  });
}
