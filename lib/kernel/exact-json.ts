/** A JSON number exactly as it was written: `0.1`, `1e3`, `9007199254740993` keep every digit. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** `JSON.parse` with source text access (ECMAScript; Node 21 and newer). TypeScript's library does not declare it yet. */
type SourceReviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/**
 * Parses JSON without converting numbers to floats.
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseExact(text: string): unknown {
  return parseWithSource(text, (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined ? new ExactNumber(context.source) : value,
  );
}

/** A number that `JSON.stringify` writes with exactly these digits; the counterpart of {@link ExactNumber}. */
export function exactNumber(text: string): unknown {
  return rawJson(text);
}
