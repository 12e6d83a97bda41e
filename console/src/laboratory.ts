import type { Mode } from '../../localstack/bank/modes.ts';
import type {
  BankSettings,
  LaboratoryCheck,
  LaboratoryProcess,
  LaboratoryState,
  LaboratoryVerify,
} from '../../localstack/embedded/laboratory/shapes.ts';

/*
 * The laboratory: a port of the supervisor of `npm start`, which the API does not have. Only a page that `npm start` serves names
 * it; elsewhere there is no such screen. This file alone imports from localstack, and types only.
 */

export type { BankSettings, LaboratoryCheck, LaboratoryProcess, LaboratoryState, LaboratoryVerify, Mode };

export const LABORATORY = document.querySelector<HTMLMetaElement>('meta[name="sluice-laboratory"]')?.content;

const HEADERS = { 'X-Sluice-Console': '1', 'Content-Type': 'application/json' };

/** @throws Error with a message for the user */
async function ask<Body>(method: 'GET' | 'POST', path: string, body?: object): Promise<Body> {
  const request = method === 'GET' ? {} : { method, headers: HEADERS, body: JSON.stringify(body ?? {}) };
  const answer = await fetch(`${LABORATORY}${path}`, { ...request, signal: AbortSignal.timeout(10_000) });
  const read = (await answer.json()) as Body & { readonly error?: { readonly message: string } };
  if (!answer.ok) throw new Error(read.error?.message ?? `The laboratory answered ${answer.status}.`);
  return read;
}

export type BankChange = {
  readonly mode: Mode;
  readonly latency_ms: readonly [number, number];
  readonly lookups: 'ok' | 'down';
};

export const laboratory = {
  state: () => ask<LaboratoryState>('GET', '/state'),
  setBank: (change: BankChange) => ask<object>('POST', '/bank', change),
  restart: () => ask<object>('POST', '/restart'),
  killAll: () => ask<object>('POST', '/kill'),
  /** The last results. Asks for a new run, unless the last one is too recent. */
  verify: () => ask<LaboratoryVerify>('POST', '/verify'),
};
