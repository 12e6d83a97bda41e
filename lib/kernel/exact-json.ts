/** A JSON number exactly as it was written: `0.1`, `1e3`, `9007199254740993` keep every digit. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** ECMAScript's `JSON.parse` with source text access (Node 21 and newer), which TypeScript's own library lacks. */
type SourceReviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: SourceReviver) => unknown;
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;

/**
 * Parses JSON without ever turning a number into a float.
 * @throws SyntaxError as `JSON.parse` does
 */
export function parseExact(text: string): unknown {
  return parseWithSource(text, (_key, value, context) =>
    typeof value === 'number' && context.source !== undefined ? new ExactNumber(context.source) : value,
  );
}

/** A number for `JSON.stringify` to write digit by digit as given; the counterpart of {@link ExactNumber}. */
export function exactNumber(text: string): unknown {
  return rawJson(text);
}
