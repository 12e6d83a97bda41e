#!/usr/bin/env node
/** Starts the `sluice` command with the Node.js version of the project: the one on PATH may not run TypeScript. */

import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const node = createRequire(import.meta.url).resolve('node/bin/node');
const main = join(import.meta.dirname, 'main.ts');
const { status, error } = spawnSync(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
if (error) console.error(`Node.js of the project did not start: ${error.message}. Run: npm ci`);
process.exitCode = status ?? 1;
