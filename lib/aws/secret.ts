import { readFile } from 'node:fs/promises';
import { once } from 'es-toolkit';
import { secretsClient } from './clients.ts';

/** The value of a setting that says that there is no secret, where that must be said. */
export const NO_SECRET = 'none';
const READ_MS = 3_000;

/**
 * A secret that can change at any time.
 * @param setting the name or ARN of a secret in Secrets Manager, or `file:/path` on a laptop
 * @returns undefined if the setting is empty or `none`
 */
export function secretSource(
  setting: string,
  now: () => number,
): { readonly name: string; readonly read: () => Promise<string> } | undefined {
  if (setting === '' || setting === NO_SECRET) return undefined;
  return {
    name: setting,
    read: setting.startsWith('file:') ? () => readFile(setting.slice(5), 'utf8') : managed(setting, now),
  };
}

function managed(SecretId: string, now: () => number): () => Promise<string> {
  const client = once(() => secretsClient(now));
  return async () => {
    const secrets = await client();
    const { SecretString } = await secrets.getSecretValue({ SecretId }, { abortSignal: AbortSignal.timeout(READ_MS) });
    if (SecretString === undefined) throw new Error(`The secret ${SecretId} is not text.`);
    return SecretString;
  };
}
