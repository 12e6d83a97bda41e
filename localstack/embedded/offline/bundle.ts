/**
 * Builds the functions for local use: in one esbuild run, without npm packages, in less than a second. A deployment bundles each
 * function with its packages, which takes 10 s for 15 functions.
 */

import { rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { build, stop } from 'esbuild';
import type { Serverless } from './serverless.ts';

/** Disables serverless-esbuild for `offline start`. `package` and `deploy` still use it. */
export function replaceDeploymentBundling({ pluginManager }: Serverless): void {
  const event = 'before:offline:start:init';
  const hooks = pluginManager.hooks[event] ?? [];
  pluginManager.hooks[event] = hooks.filter(({ pluginName }) => pluginName !== 'EsbuildServerlessPlugin');
}

/**
 * Builds every handler and sets the output directory as serverless-offline's `location`.
 * @returns a function that deletes the output directory.
 */
export async function bundleForOffline(serverless: Serverless): Promise<() => Promise<void>> {
  const { service, serviceDir } = serverless;
  const offline = { ...service.custom?.['serverless-offline'] };
  // In the service directory, so that imports find node_modules. One per port, so that two instances can run.
  const location = join('.esbuild', `offline-${offline.httpPort ?? 3000}`);
  const outdir = join(serviceDir, location);
  const remove = () => rm(outdir, { recursive: true, force: true });
  await remove();
  // functions/payouts/create-batch.handler is the export `handler` of functions/payouts/create-batch.ts.
  const handlers = new Set(
    Object.values(service.functions).map(({ handler }) => `${handler.slice(0, -extname(handler).length)}.ts`),
  );
  await build({
    absWorkingDir: serviceDir,
    entryPoints: [...handlers],
    outdir,
    outbase: '.',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    packages: 'external',
    format: 'esm',
    platform: 'node',
    target: 'node24',
    sourcemap: 'linked',
    keepNames: true,
    logLevel: 'warning',
  });
  await stop(); // ends the esbuild process
  service.custom = { ...service.custom, 'serverless-offline': { ...offline, location } };
  return remove;
}
