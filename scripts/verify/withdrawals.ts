import { CHECKS } from '../withdrawals/checks.ts';
import { examine } from '../withdrawals/examination.ts';
import { type Findings, listed, many, type Place } from './domain.ts';

/** What `npm run audit:withdrawals` looks at. */
export async function examineWithdrawals({ tables, bank, onProgress }: Place): Promise<Findings> {
  const { withdrawals, differences } = await examine(tables, bank, onProgress);
  const byStatus = Map.groupBy(withdrawals.values(), ({ status }) => status);
  const counts = new Map([...byStatus].map(([status, all]) => [status, all.length]));
  return {
    looked: `${many(withdrawals.size, 'withdrawal')}${counts.size > 0 ? `: ${listed(counts)}` : ''}`,
    checks: CHECKS,
    differences,
    skipped: bank ? [] : ['chain'],
  };
}
