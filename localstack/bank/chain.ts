import { hash } from 'node:crypto';
import type { Settings } from './settings.ts';
import { draw } from './verdict.ts';

/** What a chain without blocks says: its transactions are final at once. */
const FINAL = 1_000;
/** In mode `reorg` there have to be blocks. */
const REORG_BLOCK_MS = 50;

/**
 * How a transaction will fare, drawn when it arrives. `reorg`: after so many blocks it is undone; dropped for good, or mined
 * again and not undone any more.
 */
export type Fate = {
  readonly blockMs: number;
  readonly reorg: { readonly depth: number; readonly isDropped: boolean } | null;
};

export function drawFate(settings: Settings, reference: string): Fate {
  const { mode, block_ms, reorg_depth: depth } = settings;
  if (mode !== 'reorg') return { blockMs: block_ms, reorg: null };
  const isDropped = draw(settings, reference, 'reorg') < 0.5;
  return { blockMs: block_ms || REORG_BLOCK_MS, reorg: { depth, isDropped } };
}

/** A transaction as it stands: `minedAt` is when it took effect, `undoneAt` when a reorganisation takes it out again. */
export type Mined = {
  readonly minedAt: number;
  readonly blockMs: number;
  readonly undoneAt: number | null;
  readonly isDropped: boolean;
};

/** Whole blocks on top of the transaction, or undefined once it is gone for good. All times are epoch milliseconds. */
export function confirmationsAt({ minedAt, blockMs, undoneAt, isDropped }: Mined, now: number): number | undefined {
  const isUndone = undoneAt !== null && now >= undoneAt;
  if (isUndone && isDropped) return undefined;
  if (blockMs === 0) return FINAL;
  return Math.max(0, Math.floor((now - (isUndone ? undoneAt : minedAt)) / blockMs));
}

/** Of a transaction that was mined this very moment. */
export const firstConfirmations = ({ blockMs }: Fate) => (blockMs === 0 ? FINAL : 0);

/** As Ethereum writes hashes; never the same twice, since arrivals are numbered. */
export function transactionHash(arrival: number, reference: string): string {
  return `0x${hash('sha256', `${arrival}\n${reference}`, 'hex')}`;
}
