import { z } from 'zod';
import { digits } from '../kernel/fields.ts';
import { ASSET_CODE, type Asset, MAX_DIGITS, parseCurrency } from '../kernel/money.ts';

/**
 * The chains that withdrawals are broadcast on. `confirmations`: what exchanges require, unless an asset configures another number.
 * `blockTimeMs`: the average block time that each chain states; it only decides how often a transaction is looked up.
 */
const CHAINS = {
  bitcoin: { confirmations: 3, blockTimeMs: 600_000 },
  ethereum: { confirmations: 12, blockTimeMs: 12_000 },
  polygon: { confirmations: 128, blockTimeMs: 2_000 },
  bsc: { confirmations: 15, blockTimeMs: 750 },
  arbitrum: { confirmations: 20, blockTimeMs: 250 },
  base: { confirmations: 20, blockTimeMs: 2_000 },
  optimism: { confirmations: 20, blockTimeMs: 2_000 },
  solana: { confirmations: 32, blockTimeMs: 400 },
  tron: { confirmations: 19, blockTimeMs: 3_000 },
} as const satisfies Record<string, { confirmations: number; blockTimeMs: number }>;

export type Network = keyof typeof CHAINS;
export const NETWORKS = Object.keys(CHAINS) as Network[];

export function parseNetwork(text: string): Network | undefined {
  return NETWORKS.find((name) => name === text);
}

export const usualConfirmations = (network: Network): number => CHAINS[network].confirmations;
export const blockTimeMs = (network: Network): number => CHAINS[network].blockTimeMs;

/** The rules for one asset. Amounts are in its smallest unit; `min` and `max` are allowed. */
export type AssetRules = {
  readonly code: Asset;
  readonly decimals: number;
  /** The confirmations that complete a withdrawal, for each network that it can be withdrawn on. */
  readonly networks: ReadonlyMap<Network, number>;
  readonly min: bigint;
  readonly max: bigint;
};
export type Assets = ReadonlyMap<string, AssetRules>;

/** In force unless WITHDRAWAL_ASSETS says otherwise. Small: a Lambda function's environment takes 4 KB in all. */
export const DEFAULT_ASSETS = JSON.stringify({
  BTC: { decimals: 8, networks: { bitcoin: {} }, min: '1000', max: '10000000000' },
  ETH: {
    decimals: 18,
    networks: { ethereum: {}, arbitrum: {}, base: {}, optimism: {} },
    min: '100000000000000',
    max: '1000000000000000000000',
  },
  SOL: { decimals: 9, networks: { solana: {} }, min: '1000000', max: '100000000000000' },
  TRX: { decimals: 6, networks: { tron: {} }, min: '1000000', max: '10000000000000' },
  USDT: {
    decimals: 6,
    networks: { ethereum: {}, tron: {}, solana: {}, polygon: {} },
    min: '1000000',
    max: '10000000000000',
  },
  USDC: {
    decimals: 6,
    networks: { ethereum: {}, solana: {}, base: {}, polygon: {}, arbitrum: {} },
    min: '1000000',
    max: '10000000000000',
  },
});

const rulesSchema = z.strictObject({
  decimals: z.int().min(0).max(36),
  networks: z
    .record(z.string(), z.strictObject({ confirmations: z.int().min(1).max(1_000).optional() }))
    .refine((networks) => Object.keys(networks).length > 0, 'must name a network'),
  min: digits(MAX_DIGITS),
  max: digits(MAX_DIGITS),
});
type ParsedRules = z.output<typeof rulesSchema>;

/** WITHDRAWAL_ASSETS: `{"<code>": {"decimals", "networks": {"<network>": {"confirmations"?}}, "min", "max"}}`, as JSON. */
export const assetsSchema = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'must be JSON' });
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string(), rulesSchema))
  .transform((assets, context): Assets => {
    const entries = Object.entries(assets);
    const problems = entries.flatMap(([code, rules]) => [...problemsOf(code, rules)]);
    for (const [path, message] of problems) context.addIssue({ code: 'custom', path, message });
    return problems.length > 0 ? z.NEVER : new Map(entries.map(([code, rules]) => [code, rulesOf(code, rules)]));
  });

/** The problems that involve more than one field. */
function* problemsOf(code: string, { networks, min, max }: ParsedRules): Generator<[path: string[], message: string]> {
  if (!ASSET_CODE.test(code)) yield [[code], 'must be 2 to 10 capital letters or digits'];
  if (parseCurrency(code)) yield [[code], 'must not be a currency of ISO 4217'];
  for (const name of Object.keys(networks)) {
    if (!parseNetwork(name)) yield [[code, 'networks', name], `must be one of ${NETWORKS.join(', ')}`];
  }
  if (min > max) yield [[code, 'max'], 'must not be less than min'];
}

function rulesOf(code: string, { networks, ...rules }: ParsedRules): AssetRules {
  const confirmations = Object.entries(networks).map(([name, own]): [Network, number] => {
    const network = name as Network;
    return [network, own.confirmations ?? usualConfirmations(network)];
  });
  return { code: code as Asset, ...rules, networks: new Map(confirmations) };
}

/** @returns the problem, in public words, unless it is a whole number in plain digits */
export function parseAmount(given: unknown): bigint | string {
  if (typeof given !== 'string') return 'must be a string of digits';
  if (/^-\d+$/.test(given) || /^0+$/.test(given)) return 'must be greater than 0';
  if (!/^\d+$/.test(given)) return 'must be a whole number of the smallest unit, in plain digits';
  if (given.startsWith('0')) return 'must not begin with 0';
  if (given.length > MAX_DIGITS) return `must have at most ${MAX_DIGITS} digits`;
  return BigInt(given);
}

/** Whether an amount is within the limits of its asset. */
export function amountProblem({ code, decimals, min, max }: AssetRules, amount: bigint): string | undefined {
  const format = (limit: bigint) => `${limit} (${inWholeUnits(limit, decimals)} ${code})`;
  if (amount < min) return `must be at least ${format(min)}`;
  return amount > max ? `must be at most ${format(max)}` : undefined;
}

/** An amount of the smallest unit in whole units of the asset. */
export function inWholeUnits(amount: bigint, decimals: number): string {
  const text = `${amount}`.padStart(decimals + 1, '0');
  const whole = text.slice(0, text.length - decimals);
  const fraction = text.slice(text.length - decimals).replace(/0+$/, '');
  return fraction ? `${whole}.${fraction}` : whole;
}

/** @param asset one that there is, on one of its networks */
export function requiredConfirmations(assets: Assets, asset: Asset, network: Network): number {
  return assets.get(asset)?.networks.get(network) ?? usualConfirmations(network);
}
