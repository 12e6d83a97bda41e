import { type Day, daysFrom, parseDay } from '../kernel/day.ts';
import { cursorOf, type Page, type PageRequest, positionIn, unknownCursor } from '../kernel/page.ts';
import { ALL_SHARDS, ID, type MerchantId, shardOf } from '../transactions/index.ts';
import type { SettlementDeps } from './ports.ts';
import type { Settlement } from './settlement.ts';

export type SettlementQuery = PageRequest & {
  readonly from: Day;
  readonly to: Day;
  readonly merchantId?: MerchantId | undefined;
};

/**
 * Settlements of one merchant by day, or of all of them by day, shard and merchant, which is the order of the file.
 * @throws AppError VALIDATION_ERROR if no page had this cursor
 */
export async function listSettlements(deps: SettlementDeps, query: SettlementQuery): Promise<Page<Settlement>> {
  const after = query.cursor === undefined ? undefined : markIn(query.cursor);
  const settlements = await (query.merchantId === undefined ? ofAll : ofOne)(deps, query, after);
  const last = settlements.length === query.limit ? settlements.at(-1) : undefined;
  return { items: settlements, cursor: last && cursorOf(`${last.day}#${last.merchantId}`) };
}

/** The last settlement of the page before. */
type Mark = { readonly day: Day; readonly merchantId: MerchantId };

async function ofOne(deps: SettlementDeps, { from, to, merchantId, limit }: SettlementQuery, after?: Mark) {
  const days = daysFrom(from, to).filter((day) => !after || day > after.day);
  const all = await deps.settlements.ofMerchant(merchantId as MerchantId, days);
  return all.slice(0, limit);
}

async function ofAll(deps: SettlementDeps, { from, to, limit }: SettlementQuery, after?: Mark) {
  const places = daysFrom(from, to).flatMap((day) => ALL_SHARDS.map((shard) => ({ day, shard })));
  if (!after) return deps.settlements.list({ places, limit });
  const first = shardOf(after.merchantId);
  const left = places.filter(({ day, shard }) => day > after.day || (day === after.day && shard >= first));
  return deps.settlements.list({ places: left, limit, after: after.merchantId });
}

function markIn(cursor: string): Mark {
  const [dayText = '', merchantId = ''] = positionIn(cursor).split('#');
  const day = parseDay(dayText);
  if (day && ID.test(merchantId)) return { day, merchantId: merchantId as MerchantId };
  throw unknownCursor();
}
