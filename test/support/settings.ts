import { type Config, configSchema } from '../../lib/config.ts';

export type Settings = Partial<Record<keyof Config, string | number>>;

/** Settings as the environment would give them. Resources that a test does not name do not exist. */
export function settings(given: Settings = {}): Config {
  const names = Object.keys(configSchema.shape).filter((name) => /_(TABLE|QUEUE|BUCKET|MACHINE|TOPIC)$/.test(name));
  return configSchema.parse({
    ...Object.fromEntries(names.map((name) => [name, 'none'])),
    BANK_URL: 'http://127.0.0.1:1',
    GATEWAY_URL: 'http://127.0.0.1:1',
    CHAIN_URL: 'http://127.0.0.1:1',
    ...given,
  });
}
