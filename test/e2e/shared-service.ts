import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { Service } from '../support/service.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Of the service that several files share: those that neither restart it nor change the bank's mode. */
    readonly sharedDataDir: string;
  }
}

/**
 * Starts the service before the first of these files, and stops it after the last. SLUICE_RUNNING, the data directory of another
 * service, replaces it.
 */
export default async function setup({ provide }: TestProject): Promise<(() => Promise<unknown>) | undefined> {
  const { SLUICE_RUNNING: running } = process.env;
  if (running) return void provide('sharedDataDir', running);
  const service = new Service();
  await service.start();
  provide('sharedDataDir', service.dataDir);
  return () => service.stop();
}

export const sharedService = () => Service.runningAt(inject('sharedDataDir'));
