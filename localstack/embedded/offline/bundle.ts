/**
 * The functions, built for running here. A deployment bundles each function with its npm packages, which takes fifteen
 * functions ten seconds; here they are built in one go with the packages left in node_modules, in well under one.
 */

import { rm } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { build, stop } from 'esbuild';
import type { Serverless } from './serverless.ts';

/** Keeps serverless-esbuild from bundling for `offline start`. Its part in `package` and `deploy` is untouched. */
export function replaceDeploymentBundling({ pluginManager }: Serverless): void {
  const event = 'before:offline:start:init';
  const others = pluginManager.hooks[event]?.filter(({ pluginName }) => pluginName !== 'EsbuildServerlessPlugin');
  pluginManager.hooks[event] = others ?? [];
}

/**
 * Builds every handler and tells serverless-offline where the result is.
 * @returns what removes the result again.
 */
export async function bundleForOffline(serverless: Serverless): Promise<() => Promise<void>> {
  const { service, serviceDir } = serverless;
  const offline = { ...service.custom?.['serverless-offline'] };
  // Inside the service's directory, where imports find node_modules; one per port, so that two instances can run.
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
  await stop(); // esbuild's own process, which would otherwise stay
  service.custom = { ...service.custom, 'serverless-offline': { ...offline, location } };
  return remove;
}
