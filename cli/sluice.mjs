#!/usr/bin/env node
/** Starts the `sluice` command with the Node.js version of the project: the one on PATH may not run TypeScript. */

import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';

const node = createRequire(import.meta.url).resolve('node/bin/node');
const main = join(import.meta.dirname, 'main.ts');
// Compiled code is kept, so that the next command starts in a third of the time.
const compileCache = join(import.meta.dirname, '../node_modules/.cache/node-compile');
const env = { NODE_COMPILE_CACHE: compileCache, ...process.env };
const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit', env });
// The command decides what a signal does. A terminal sends Ctrl-C to both processes.
process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('error', ({ message }) => {
  console.error(`Node.js of the project did not start: ${message}. Run: npm ci`);
  process.exitCode = 1;
});
child.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
