import { invariant, orNotFound } from '../kernel/errors.ts';

/** 1 to 64 letters, digits, `_` and `-`, beginning with a letter or digit. The caller may choose it. */
export type BatchId = string & { readonly __brand: 'BatchId' };

/** `<batch id>.<chunk>.<position>`: it contains the payout's key, so that one read finds the payout. */
export type PayoutId = string & { readonly __brand: 'PayoutId' };

export type PayoutPlace = { readonly batchId: BatchId; readonly chunk: number; readonly position: number };

export const BATCH_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
export const PAYOUT_ID = /^([A-Za-z0-9][A-Za-z0-9_-]{0,63})\.([0-9]{4})\.([0-9]{6})$/;

export function parseBatchId(text: string): BatchId | undefined {
  return BATCH_ID.test(text) ? (text as BatchId) : undefined;
}

/** The batch that a path names. @throws AppError NOT_FOUND if no batch can have this id */
export function batchIdOf(text: string): BatchId {
  return orNotFound(parseBatchId(text), 'There is no such batch.');
}

/** @param chunk counts from 1 @param position counts from 1 through the whole batch */
export function payoutId({ batchId, chunk, position }: PayoutPlace): PayoutId {
  return `${batchId}.${String(chunk).padStart(4, '0')}.${String(position).padStart(6, '0')}` as PayoutId;
}

export function parsePayoutId(text: string): PayoutPlace | undefined {
  const match = PAYOUT_ID.exec(text);
  if (!match) return undefined;
  const [, batchId = '', chunk = '', position = ''] = match;
  return { batchId: batchId as BatchId, chunk: Number(chunk), position: Number(position) };
}

/** The place of a stored payout. */
export function placeOf(id: PayoutId): PayoutPlace {
  const place = parsePayoutId(id);
  invariant(place, 'a stored payout id names its place');
  return place;
}
