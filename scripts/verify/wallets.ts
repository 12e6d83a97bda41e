import { CHECKS } from '../wallets/checks.ts';
import { examine } from '../wallets/examination.ts';
import { WalletsTable } from '../wallets/table.ts';
import { type Findings, listed, many, type Place } from './domain.ts';

/** What `npm run audit:wallets` looks at. */
export async function examineWallets({ tables, bank, onProgress }: Place): Promise<Findings> {
  const table = new WalletsTable(tables);
  const books = await table.readAll(onProgress);
  const { differences } = await examine(table, bank, books);
  const statuses = [...books.cases.values()].flatMap(({ payment }) => payment?.status ?? []);
  const counts = new Map([...Map.groupBy(statuses, (status) => status)].map(([status, all]) => [status, all.length]));
  return {
    looked: `${many(books.accounts.size, 'wallet')}, ${many(statuses.length, 'payment')}${counts.size > 0 ? `: ${listed(counts)}` : ''}`,
    checks: CHECKS,
    differences,
    skipped: bank ? [] : ['gateway'],
  };
}
