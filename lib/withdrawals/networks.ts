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
