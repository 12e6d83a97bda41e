import { hash } from 'node:crypto';
import { draw } from './draw-outcome.ts';
import type { Settings } from './settings.ts';

/** Confirmations reported when `block_ms` is 0: a transaction is final at once. */
const FINAL = 1_000;
/** Mode `reorg` needs blocks, so it replaces a `block_ms` of 0. */
const REORG_BLOCK_MS = 50;

/**
 * How a transaction is mined, drawn when it arrives. `reorg`: after `depth` blocks it is undone, and then either dropped or
 * mined again permanently.
 */
export type MiningPlan = {
  readonly blockMs: number;
  readonly reorg: { readonly depth: number; readonly isDropped: boolean } | null;
};

export function drawMiningPlan(settings: Settings, reference: string): MiningPlan {
  const { mode, block_ms, reorg_depth: depth } = settings;
  if (mode !== 'reorg') return { blockMs: block_ms, reorg: null };
  const isDropped = draw(settings, reference, 'reorg') < 0.5;
  return { blockMs: block_ms || REORG_BLOCK_MS, reorg: { depth, isDropped } };
}

/** A mined transaction. `undoneAt` is when a reorganisation removes it, null if none does. Epoch milliseconds. */
type MinedTransaction = {
  readonly minedAt: number;
  readonly blockMs: number;
  readonly undoneAt: number | null;
  readonly isDropped: boolean;
};

/** Whole blocks on top of the transaction; undefined once it was dropped. */
export function confirmationsAt(
  { minedAt, blockMs, undoneAt, isDropped }: MinedTransaction,
  now: number,
): number | undefined {
  const isUndone = undoneAt !== null && now >= undoneAt;
  if (isUndone && isDropped) return undefined;
  if (blockMs === 0) return FINAL;
  return Math.max(0, Math.floor((now - (isUndone ? undoneAt : minedAt)) / blockMs));
}

/** The confirmations of a transaction that was mined just now. */
export const firstConfirmations = ({ blockMs }: MiningPlan) => (blockMs === 0 ? FINAL : 0);

/** In Ethereum's format. Unique, because arrivals are numbered. */
export function transactionHash(arrival: number, reference: string): string {
  return `0x${hash('sha256', `${arrival}\n${reference}`, 'hex')}`;
}
