/*
 * JSON without rounding. A float holds whole numbers up to 2^53 exactly; amounts may be larger.
 */

/** A whole number: a bigint if it is beyond 2^53. Convert with `BigInt(value)` before you calculate. */
export type Int64 = number | bigint;

/** An amount in major units. A float holds 15 digits; give longer amounts as {@link ExactDecimal}. */
export type Decimal = number | ExactDecimal;

// ECMAScript's "JSON.parse source text access", which TypeScript's library does not declare yet.
type SourceReviver = (key: string, value: unknown, context: { source?: string }) => unknown;
const { parse, rawJSON } = JSON as unknown as {
  parse(text: string, reviver: SourceReviver): unknown;
  rawJSON(text: string): unknown;
};

/** On an older engine each answer would fail to parse after its request had taken effect. @throws TypeError */
export function requireExactJson(): void {
  if (typeof rawJSON !== 'function') {
    throw new TypeError('The client needs JSON.rawJSON: Node 22 or newer, or a current browser.');
  }
}

/** A number that a request carries with exactly these digits: `new ExactDecimal('90071992547409.91')`. */
export class ExactDecimal {
  readonly text: string;

  constructor(text: string) {
    if (!/^-?(0|[1-9]\d*)(\.\d+)?$/.test(text)) throw new RangeError(`${text} is not a decimal number.`);
    this.text = text;
  }

  toJSON(): unknown {
    return rawJSON(this.text);
  }
}

/** Every whole number beyond 2^53 has as many. Without any the fast parser is as exact. */
const DIGITS_BEYOND_SAFE = /\d{16}/;

/** Parses JSON. Whole numbers beyond 2^53 become bigints. @throws SyntaxError */
export function parseJson(text: string): unknown {
  if (!DIGITS_BEYOND_SAFE.test(text)) return JSON.parse(text);
  return parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !Number.isSafeInteger(value) && /^-?\d+$/.test(source)
      ? BigInt(source)
      : value,
  );
}

/** Writes JSON. Bigints become numbers with all of their digits. @param indent spaces of a level; by default one line */
export function toJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, (_key, each) => (typeof each === 'bigint' ? rawJSON(String(each)) : each), indent);
}
