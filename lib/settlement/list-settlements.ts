import { type Day, daysFrom, parseDay } from '../kernel/day.ts';
import { AppError } from '../kernel/errors.ts';
import { ALL_SHARDS, ID, type MerchantId, shardOf } from '../transactions/index.ts';
import type { SettlementDeps } from './ports.ts';
import type { Settlement } from './settlement.ts';

export type SettlementQuery = {
  readonly from: Day;
  readonly to: Day;
  readonly merchantId?: MerchantId;
  readonly limit: number;
  readonly cursor?: string;
};

export type SettlementPage = { readonly settlements: readonly Settlement[]; readonly cursor?: string };

/**
 * Settlements of one merchant by day, or of all of them by day, shard and merchant, which is the order of the file.
 * @throws AppError VALIDATION_ERROR for a cursor that was not given out
 */
export async function listSettlements(deps: SettlementDeps, query: SettlementQuery): Promise<SettlementPage> {
  const after = query.cursor === undefined ? undefined : placeOf(query.cursor);
  const settlements = await (query.merchantId === undefined ? ofAll : ofOne)(deps, query, after);
  const last = settlements.length === query.limit ? settlements.at(-1) : undefined;
  return { settlements, ...(last ? { cursor: cursorOf(last) } : {}) };
}

type Mark = { readonly day: Day; readonly merchantId: MerchantId };

async function ofOne(deps: SettlementDeps, { from, to, merchantId, limit }: SettlementQuery, after?: Mark) {
  const days = daysFrom(from, to).filter((day) => !after || day > after.day);
  const all = await deps.settlements.ofMerchant(merchantId as MerchantId, days);
  return all.slice(0, limit);
}

async function ofAll(deps: SettlementDeps, { from, to, limit }: SettlementQuery, after?: Mark) {
  const places = daysFrom(from, to).flatMap((day) => ALL_SHARDS.map((shard) => ({ day, shard })));
  if (!after) return deps.settlements.list({ places, limit });
  const begun = shardOf(after.merchantId);
  const left = places.filter(({ day, shard }) => day > after.day || (day === after.day && shard >= begun));
  return deps.settlements.list({ places: left, limit, after: after.merchantId });
}

function cursorOf({ day, merchantId }: Mark): string {
  return Buffer.from(`${day}#${merchantId}`).toString('base64url');
}

function placeOf(cursor: string): Mark {
  const [dayText = '', merchantId = ''] = Buffer.from(cursor, 'base64url').toString().split('#');
  const day = parseDay(dayText);
  if (day && ID.test(merchantId)) return { day, merchantId: merchantId as MerchantId };
  throw new AppError('VALIDATION_ERROR', {
    details: [{ path: 'page_token', reason: 'is not one that was given out' }],
  });
}
