import type { Item } from '../kernel/codec.ts';

/** A write of an item costs a write unit for each of its KB, begun ones too. */
export const UNIT_BYTES = 1_024;
/** A number takes up to 21 bytes. Source: DynamoDB Developer Guide, "Item sizes and formats". */
const SCALAR_BYTES = 21;

/** The bytes of an item whose attributes are texts, numbers and truth values, or a few more. */
export function bytesOf(item: Item): number {
  return Object.entries(item).reduce((sum, [name, value]) => {
    if (value === undefined) return sum;
    return sum + Buffer.byteLength(name) + valueBytes(value);
  }, 0);
}

function valueBytes(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  return typeof value === 'object' ? SCALAR_BYTES + Buffer.byteLength(JSON.stringify(value)) : SCALAR_BYTES;
}
