import type { Item } from '../kernel/codec.ts';

/** A write of an item costs a write unit for each KB that it begins. */
const UNIT_BYTES = 1_024;
/** DynamoDB documents the size of numbers only approximately, and a caller may not know every attribute to the byte. */
const MARGIN = 16;

/** The bytes of an item, nearly. Source: DynamoDB Developer Guide, "Item sizes and formats". */
export function bytesOf(item: Item): number {
  const sizes = Object.entries(item).map(([name, value]) =>
    value === undefined ? 0 : Buffer.byteLength(name) + bytesOfValue(value),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function bytesOfValue(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (typeof value === 'number') return 1 + Math.ceil(`${value}`.replace(/\D/g, '').length / 2);
  if (typeof value !== 'object' || value === null) return 1;
  const parts = Object.entries(value);
  return 3 + parts.reduce((sum, [name, part]) => sum + 1 + Buffer.byteLength(name) + bytesOfValue(part), 0);
}

/** The bytes that an item of this size can get without costing more write units. */
export function roomIn(bytes: number): number {
  return Math.ceil((bytes - MARGIN) / UNIT_BYTES) * UNIT_BYTES - bytes - MARGIN;
}
