import { addSums, type Sums, totalsOf } from './chunk.ts';
import { isTerminal, type Payout } from './payout.ts';
import type { PayoutDeps } from './ports.ts';
import { type Minute, minuteOf } from './throughput-store.ts';

/** The current minute and 59 before it. */
const BEFORE_MS = 59 * 60_000;

/** Counts those of the changed payouts of a committed chunk that have ended. */
export async function countEnded({ throughput, now }: PayoutDeps, changed: readonly Payout[]): Promise<void> {
  const ended = changed.filter(isTerminal);
  if (ended.length === 0) return;
  const { counts, completedAmounts } = totalsOf(ended);
  await throughput.add(now(), { ...counts, paid: completedAmounts });
}

/** `until`: the beginning of the current minute, which is the last one. */
export type Throughput = { readonly until: string; readonly minutes: readonly Minute[]; readonly paid: Sums };

/** The last 60 minutes, the current one included. */
export async function readThroughput({ throughput, now }: PayoutDeps): Promise<Throughput> {
  const at = now();
  const minutes = await throughput.read(at - BEFORE_MS);
  return { until: minuteOf(at), minutes, paid: addSums(minutes.map(({ paid }) => paid)) };
}
