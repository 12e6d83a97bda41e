import { X509Certificate } from 'node:crypto';
import { NO_SECRET } from '../../lib/aws/secret.ts';
import { type Credentials, credentialsOf } from '../../lib/rail/credentials.ts';
import type { Check } from './checks.ts';

/** The error of Secrets Manager. */
export const NO_SUCH_SECRET = 'ResourceNotFoundException';
const SETTINGS = ['BANK_SECRET', 'GATEWAY_SECRET', 'CHAIN_SECRET'];
/** Long enough to ask a bank for a new certificate. */
const WARNING_MS = 30 * 24 * 3600_000;

/** The secrets of rails that are in Secrets Manager, with their settings. */
export function namesOfSecrets(env: Readonly<Record<string, string | undefined>>): [setting: string, name: string][] {
  return SETTINGS.flatMap((setting) => {
    const name = env[setting] ?? '';
    return ['', NO_SECRET].includes(name) || name.startsWith('file:') ? [] : [[setting, name]];
  });
}

/** Names what the secret has, never a value. @param value undefined: there is no such secret, or it is not text */
export function checkSecret(setting: string, name: string, value: string | undefined, now: number): Check {
  if (value === undefined) return { name: setting, verdict: 'failed', finding: `there is no text in a secret ${name}` };
  try {
    const credentials = credentialsOf(name, value);
    const end = endOf(credentials);
    const has = `${name} has ${Object.keys(credentials).join(', ')}`;
    if (end === undefined) return { name: setting, verdict: 'ok', finding: has };
    const verdict = end < now ? 'failed' : end < now + WARNING_MS ? 'warning' : 'ok';
    return { name: setting, verdict, finding: `${has}; the certificate ends ${new Date(end).toISOString()}` };
  } catch (error) {
    return { name: setting, verdict: 'failed', finding: (error as Error).message };
  }
}

function endOf({ tls }: Credentials): number | undefined {
  return tls?.cert === undefined ? undefined : Date.parse(new X509Certificate(tls.cert).validTo);
}
