/**
 * `npm run audit:withdrawals [-- --stage local]`: compares every withdrawal with the chain's own ledger, and with what the
 * journal says was held, captured and released. Read-only. Exit code 0 if everything agrees, 1 if not, 2 if that cannot be
 * said.
 *
 * It may run while withdrawals are processed: what looks wrong counts only if it does at every look.
 */

import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import { withdrawalOf } from '../../lib/withdrawals/items.ts';
import { isTerminal, type Withdrawal } from '../../lib/withdrawals/withdrawal.ts';
import { awsOf } from '../aws.ts';
import { Client, endpointsOf } from '../client.ts';
import { WalletsTable } from '../wallets/table.ts';
import { CHECKS, type CheckName, type Difference, differencesOf } from './checks.ts';

const MOST_TOLD = 5;
const LOOKS = 4;
const PAUSE_MS = 700;

type Place = { readonly aws: object; readonly chain: Client; readonly stage: string };
type Look = { readonly withdrawals: ReadonlyMap<string, Withdrawal>; readonly differences: readonly Difference[] };

/** The withdrawals before the chain, and the chain before the journal: each tells of what the one before has caused. */
async function look({ aws, chain, stage }: Place): Promise<Look> {
  const { withdrawals, unreadable } = await readAll(aws, `sluice-${stage}-withdrawals`);
  const moved = new Map((await chain.instructions('wdr_')).map((row) => [row.instruction, row]));
  const wallets = new WalletsTable(aws, `sluice-${stage}-wallets`);
  const { withdrawn } = await wallets.readAll(() => {}).finally(() => wallets.close());
  const ids = new Set([...withdrawals.keys(), ...moved.keys(), ...withdrawn.keys()]);
  const differences = [...ids].flatMap((id) =>
    differencesOf(id, { withdrawal: withdrawals.get(id), moved: moved.get(id), entries: withdrawn.get(id) ?? [] }),
  );
  return { withdrawals, differences: [...unreadable, ...differences] };
}

async function readAll(aws: object, table: string) {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ ...aws, maxAttempts: 10 }));
  const withdrawals = new Map<string, Withdrawal>();
  const unreadable: Difference[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    for (const item of Items.filter(({ sk }) => sk === 'WITHDRAWAL')) {
      const id = `${item.pk}`.slice('WITHDRAWAL#'.length);
      try {
        withdrawals.set(id, withdrawalOf(item));
      } catch (error) {
        unreadable.push({ check: 'readable', id, says: `withdrawal ${id}: ${(error as Error).message}` });
      }
    }
  }
  client.destroy();
  return { withdrawals, unreadable };
}

/** What differs at every look. */
async function examine(place: Place): Promise<Look> {
  let found = await look(place);
  for (let looks = 1; looks < LOOKS && found.differences.length > 0; looks += 1) {
    await setTimeout(PAUSE_MS);
    const suspects = new Set(found.differences.map(({ id }) => id));
    const again = await look(place);
    found = { ...again, differences: again.differences.filter(({ id }) => suspects.has(id)) };
  }
  return found;
}

function tell(name: CheckName, differences: readonly Difference[]): void {
  console.log(`${differences.length === 0 ? 'ok  ' : 'FAIL'}  ${CHECKS[name]}`);
  for (const { says } of differences.slice(0, MOST_TOLD)) console.log(`        ! ${says}`);
  if (differences.length > MOST_TOLD) console.log(`        ! and ${differences.length - MOST_TOLD} more`);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { stage: { type: 'string', default: 'local' } } });
  const at = endpointsOf();
  const { withdrawals, differences } = await examine({ aws: awsOf(at), chain: new Client(at), stage: values.stage });
  const all = [...withdrawals.values()];
  const counts = Map.groupBy(all, ({ status }) => status);
  const listed = [...counts].sort().map(([status, some]) => `${some.length} ${status}`);
  console.log(`${all.length} withdrawals${listed.length > 0 ? `: ${listed.join(', ')}` : ''}.\n`);
  for (const name of Object.keys(CHECKS) as CheckName[]) {
    tell(
      name,
      differences.filter(({ check }) => check === name),
    );
  }
  const open = all.filter((each) => !isTerminal(each)).length;
  if (open > 0) console.log(`\n${open} are open.`);
  console.log(
    differences.length === 0 ? '\nAll of it agrees, to the last unit.' : `\n${differences.length} differences.`,
  );
  process.exitCode = differences.length === 0 ? 0 : 1;
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 2;
});
