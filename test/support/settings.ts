import { type Config, configSchema } from '../../lib/config.ts';

export type Settings = Partial<Record<keyof Config, string | number>>;

/** Settings as the environment would give them. Resources that a test does not name do not exist. */
export function settings(given: Settings = {}): Config {
  const names = Object.keys(configSchema.shape).filter((name) => /_(TABLE|QUEUE|BUCKET|MACHINE|TOPIC)$/.test(name));
  return configSchema.parse({
    ...Object.fromEntries(names.map((name) => [name, 'none'])),
    STAGE: 'local',
    AUDIT_KEY: 'none',
    BANK_URL: 'http://127.0.0.1:1',
    GATEWAY_URL: 'http://127.0.0.1:1',
    CHAIN_URL: 'http://127.0.0.1:1',
    KEY_ENCRYPTION_KEY: 'file:/none',
    ...given,
  });
}

/** A log that writes nothing. */
export const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** Ids in the form of UUIDs that count up, so that each run has the same. */
export function numberedUuids(): () => string {
  let ids = 0;
  return () => {
    ids += 1;
    return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`;
  };
}
