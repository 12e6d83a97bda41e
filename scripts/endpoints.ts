import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Sluice } from '../client/index.ts';

/** The addresses of a running service, as `npm start` writes them to `<data dir>/endpoints.json`. */
export type Endpoints = {
  readonly api: string;
  readonly apiKey: string;
  readonly aws: string;
  readonly bank: string;
  /** Of a service that `npm start` runs: its supervisor's own port. */
  readonly laboratory?: string;
  /** The public key of the audit log, in PEM form. Without it, the key is in KMS. */
  readonly auditKey?: string;
  /** The secret that signs the notifications of the mock bank. */
  readonly bankSecret?: string;
};

/** The service or the bank gave no answer or an unexpected one, or the command cannot run. */
export class Unexpected extends Error {}

/** What was given on the command line, in the environment or in a file cannot be used. Nothing was done. */
export class BadInput extends Unexpected {}

/** The command did not do what it was asked for, and this is certain. */
export class Refused extends Unexpected {}

/** The service of this data directory. @throws Unexpected if none is running */
export function endpointsOf(dataDir = process.env.SLUICE_DATA_DIR || '.sluice'): Endpoints {
  try {
    return JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8')) as Endpoints;
  } catch {
    throw new Unexpected(`No service is running in ${dataDir}. Start one with: npm start`);
  }
}

/** The API of a service. A command fails soon if nothing answers. */
export function clientOf({ api, apiKey }: Pick<Endpoints, 'api' | 'apiKey'>): Sluice {
  return new Sluice({ baseUrl: api, apiKey, attempts: 3 });
}

/** @throws Unexpected if there is no answer */
export function reach(url: string, request: RequestInit = {}): Promise<Response> {
  return fetch(url, request).catch(() => {
    throw new Unexpected(`Nothing answers at ${new URL(url).origin}. ${START_IT}`);
  });
}

export const START_IT = 'Is the service running? Start it with: npm start';
