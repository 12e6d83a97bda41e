import { type Config, configSchema } from '../../lib/config.ts';

/** Settings as the environment would give them; what a test has no use for has a name that nothing has. */
export function settings(given: Partial<Record<keyof Config, string | number>> = {}): Config {
  const names = Object.keys(configSchema.shape).filter((name) => /_(TABLE|QUEUE|BUCKET|MACHINE|TOPIC)$/.test(name));
  return configSchema.parse({
    ...Object.fromEntries(names.map((name) => [name, 'none'])),
    BANK_URL: 'http://127.0.0.1:1',
    GATEWAY_URL: 'http://127.0.0.1:1',
    CHAIN_URL: 'http://127.0.0.1:1',
    ...given,
  });
}
