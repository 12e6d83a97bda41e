import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { configSchema, refuseRenamedSettings } from '../../lib/config.ts';
import { assetsSchema, DEFAULT_ASSETS } from '../../lib/withdrawals/assets.ts';

const needed = {
  STAGE: 'local',
  PAYOUTS_TABLE: 'payouts',
  CHUNKS_QUEUE: 'chunks',
  IMPORTS_QUEUE: 'imports',
  TRANSACTIONS_TABLE: 'transactions',
  SETTLEMENTS_TABLE: 'settlements',
  ORDERS_TABLE: 'orders',
  WALLETS_TABLE: 'wallets',
  WITHDRAWALS_TABLE: 'withdrawals',
  WITHDRAWALS_QUEUE: 'withdrawals',
  WEBHOOKS_TABLE: 'webhooks',
  DELIVERIES_QUEUE: 'deliveries',
  EVENTS_TABLE: 'events',
  SYSTEM_TABLE: 'system',
  ACCESS_TABLE: 'access',
  KEY_ENCRYPTION_KEY: 'alias/sluice-prod-data',
  EVENTS_TOPIC: 'arn:aws:sns:us-east-1:000000000000:events',
  FILES_BUCKET: 'files',
  SEALS_TABLE: 'audit',
  AUDIT_BUCKET: 'audit',
  AUDIT_KEY: 'arn:aws:kms:us-east-1:000000000000:key/1',
  SETTLEMENT_MACHINE: 'arn:aws:states:us-east-1:000000000000:stateMachine:settlement',
  BANK_URL: 'http://bank.example',
  GATEWAY_URL: 'http://gateway.example',
  CHAIN_URL: 'http://chain.example',
};
const wrongSettings = (env: Record<string, string>) =>
  configSchema.safeParse(env).error?.issues.map(({ path }) => path.join('.')) ?? [];

describe('the settings', () => {
  it('have defaults, except for required ones', () => {
    expect(configSchema.parse(needed)).toEqual({
      ...needed,
      ...{ BANK_SECRET: '', GATEWAY_SECRET: '', CHAIN_SECRET: '' },
      LOG_LEVEL: 'info',
      CORS_ORIGIN: '',
      WEBHOOKS_ALLOW_LOCAL: false,
      AUDIT_KEY_FILE: '',
      BANK_DEADLINE_MS: 2_000,
      GATEWAY_DEADLINE_MS: 2_000,
      GATEWAY_BUDGET_MS: 8_000,
      BANK_MAX_IN_FLIGHT: 10,
      BANK_BREAKER_FAILURES: 50,
      BANK_BREAKER_OPEN_MS: 1_000,
      PAYOUT_CHUNK_SIZE: 50,
      PAYOUT_CHUNK_LEASE_MS: 10_000,
      IMPORT_WINDOW_ROWS: 50_000,
      PAYOUT_MAX_ATTEMPTS: 3,
      PAYOUT_RETRY_BASE_DELAY_MS: 200,
      PAYOUT_RETRY_MAX_DELAY_MS: 60_000,
      CHAIN_DEADLINE_MS: 2_000,
      WITHDRAWAL_ASSETS: assetsSchema.parse(DEFAULT_ASSETS),
      WITHDRAWAL_LOCK_TTL: 10_000,
      WITHDRAWAL_RETRY_BASE_DELAY: 1_000,
      WITHDRAWAL_RETRY_MAX_DELAY: 30_000,
      WITHDRAWAL_RETRY_MULTIPLIER: 2,
      WITHDRAWAL_CONFIRMATION_POLL_MAX: 60_000,
      RAIL_NOTIFICATION_SECRETS: [],
      RETURN_SWEEP_DAYS: 0,
      RECOVERY_AFTER_MS: 30_000,
    });
  });

  it('are refused under their old names, and the error names the new ones', () => {
    expect(() => refuseRenamedSettings({ RETRY_MAX_DELAY: '30s', PROCESSOR_LOCK_TTL: '10s' })).toThrow(
      'Renamed settings: use WITHDRAWAL_LOCK_TTL instead of PROCESSOR_LOCK_TTL, use WITHDRAWAL_RETRY_MAX_DELAY instead of RETRY_MAX_DELAY.',
    );
    expect(() => refuseRenamedSettings({ WITHDRAWAL_KEY_TTL: '1h' })).toThrow(
      'Removed settings: unset WITHDRAWAL_KEY_TTL (the key of a withdrawal never expires).',
    );
    expect(() => refuseRenamedSettings({ WITHDRAWAL_LOCK_TTL: '10s' })).not.toThrow();
  });

  it('are all named when they are missing', () => {
    expect(wrongSettings({}).sort()).toEqual(Object.keys(needed).sort());
  });

  it.each([
    ['PAYOUT_CHUNK_SIZE', '0'],
    ['PAYOUT_CHUNK_SIZE', '1'], // the numbers of 15,000 chunks have more than four digits
    ['PAYOUT_CHUNK_SIZE', '51'],
    ['PAYOUT_CHUNK_SIZE', '2.5'],
    ['PAYOUT_CHUNK_SIZE', 'many'],
    ['PAYOUT_MAX_ATTEMPTS', '0'],
    ['PAYOUT_MAX_ATTEMPTS', ''],
    ['BANK_MAX_IN_FLIGHT', '-1'],
    ['PAYOUT_RETRY_MAX_DELAY_MS', 'NaN'],
    ['WITHDRAWAL_RETRY_BASE_DELAY', 'soon'],
    ['WITHDRAWAL_RETRY_MAX_DELAY', '-1s'],
    ['WITHDRAWAL_RETRY_MULTIPLIER', '0.5'],
    ['WITHDRAWAL_LOCK_TTL', '5999ms'], // too short for a broadcast, a look-up and the margin
    ['WITHDRAWAL_ASSETS', '{'],
    ['RECOVERY_AFTER_MS', 'Infinity'],
    ['RETURN_SWEEP_DAYS', '366'],
    ['BANK_URL', 'bank'],
    ['BANK_SECRET', '{"bearer":"secret itself"}'],
    ['GATEWAY_SECRET', 'file:gateway.json'],
    ['LOG_LEVEL', 'INFO'],
    ['GATEWAY_BUDGET_MS', '3999'], // no time for the look-up of a call without an answer
    ['GATEWAY_BUDGET_MS', '20001'], // longer than the request
    ['PAYOUTS_TABLE', ''],
    ['PAYOUT_CHUNK_LEASE_MS', '5999'], // too short for a transfer, a look-up and the margin
  ])('are refused by name: %s=%s', (name, value) => {
    expect(wrongSettings({ ...needed, [name]: value })).toEqual([name]);
  });

  it('refuse a secret of notifications that is too short, also beside another one', () => {
    const secret = `whsec_${'A'.repeat(32)}`;
    expect(wrongSettings({ ...needed, RAIL_NOTIFICATION_SECRETS: `${secret},${secret}` })).toEqual([]);
    for (const short of ['whsec_', 'A'.repeat(40), secret.slice(0, -1)]) {
      const both = { ...needed, RAIL_NOTIFICATION_SECRETS: `${secret},${short}` };
      expect(wrongSettings(both)).toEqual(['RAIL_NOTIFICATION_SECRETS.1']);
    }
  });

  it('name an invalid asset with its setting', () => {
    const assets = '{"USD":{"decimals":2,"networks":{"tron":{}},"min":"1","max":"2"}}';
    expect(wrongSettings({ ...needed, WITHDRAWAL_ASSETS: assets })).toEqual(['WITHDRAWAL_ASSETS.USD']);
  });

  it('of a stage on AWS have rails that answer by https, and nothing that is for a laptop', () => {
    const [bank, gateway, chain] = ['https://bank.example', 'https://gateway.example', 'https://chain.example'];
    const secrets = { BANK_SECRET: 'sluice/dev/bank', GATEWAY_SECRET: 'none', CHAIN_SECRET: 'none' };
    const closed = { ...needed, ...secrets, STAGE: 'dev', BANK_URL: bank, GATEWAY_URL: gateway, CHAIN_URL: chain };
    expect(wrongSettings(closed)).toEqual([]);
    expect(wrongSettings({ ...needed, STAGE: 'dev' })).toEqual([
      ...['BANK_URL', 'GATEWAY_URL', 'CHAIN_URL'],
      ...['BANK_SECRET', 'GATEWAY_SECRET', 'CHAIN_SECRET'],
    ]);
    expect(wrongSettings({ ...closed, CHAIN_SECRET: 'file:/chain.json' })).toEqual(['CHAIN_SECRET']);
    expect(wrongSettings({ ...closed, WEBHOOKS_ALLOW_LOCAL: 'on' })).toEqual(['WEBHOOKS_ALLOW_LOCAL']);
    expect(wrongSettings({ ...closed, AUDIT_KEY_FILE: '/key' })).toEqual(['AUDIT_KEY_FILE']);
    expect(wrongSettings({ ...closed, KEY_ENCRYPTION_KEY: 'file:/key' })).toEqual(['KEY_ENCRYPTION_KEY']);
    expect(wrongSettings({ ...closed, STAGE: '' })).toEqual(['STAGE']);
  });

  it('accept a lease of exactly a transfer, a look-up and the margin', () => {
    expect(wrongSettings({ ...needed, PAYOUT_CHUNK_LEASE_MS: '6000' })).toEqual([]);
  });
});

describe('the environment', () => {
  beforeEach(() => vi.resetModules());
  afterEach(() => vi.unstubAllEnvs());

  it('is read once, at its first use', async () => {
    const { config } = await import('../../lib/config.ts'); // importing reads nothing: no variable is set yet
    for (const [name, value] of Object.entries({ ...needed, PAYOUT_CHUNK_SIZE: '7' })) vi.stubEnv(name, value);
    expect(config().PAYOUT_CHUNK_SIZE).toBe(7);
    vi.stubEnv('PAYOUT_CHUNK_SIZE', '9');
    expect(config().PAYOUT_CHUNK_SIZE).toBe(7);
  });

  it('is reported by name each time if it is invalid', async () => {
    const { config } = await import('../../lib/config.ts');
    for (const [name, value] of Object.entries({ ...needed, BANK_URL: 'nowhere' })) vi.stubEnv(name, value);
    expect(() => config()).toThrow('BANK_URL');
    expect(() => config()).toThrow('BANK_URL');
  });
});
