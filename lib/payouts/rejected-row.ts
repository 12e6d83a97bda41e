import type { z } from 'zod';
import type { ErrorDetail } from '../kernel/errors.ts';
import { ExactNumber, exactNumber, parseExact } from '../kernel/exact-json.ts';
import { problemsIn } from '../kernel/fields.ts';

/** What happens to a request with invalid entries. `skip`: the others are stored, and these are kept with their reasons. */
export const ON_INVALID = ['reject_all', 'skip'] as const;
export type OnInvalid = (typeof ON_INVALID)[number];

/** An entry of a request that is not stored, because it is invalid. */
export type RejectedRow = {
  /** In the request, from 1. */
  readonly position: number;
  /** The list of the request that has it. */
  readonly list: string;
  /** As it was sent. It may be any JSON value. */
  readonly row: unknown;
  readonly problems: readonly ErrorDetail[];
};

/** Replaces `"skip"` in a request after its invalid entries were removed. No request can contain it. */
export class SkippedRows {
  /** In the order of the request. */
  readonly rejected: readonly RejectedRow[];
  /** Of the other entries in the request, from 1. */
  readonly positions: readonly number[];

  constructor(rejected: readonly RejectedRow[], positions: readonly number[]) {
    this.rejected = rejected;
    this.positions = positions;
  }
}

type Body = Readonly<Record<string, unknown>>;
type Between = (body: Body, list: string) => { readonly path: readonly PropertyKey[]; readonly message: string }[];

/**
 * Takes the invalid entries out of a body.
 * @param between the problems that entries have with each other
 * @returns the body unchanged if all of them are invalid, so that the request is refused with all problems
 */
export function withoutInvalid(body: Body, list: string, entry: z.ZodType, between: Between): Body {
  const entries = body[list] as readonly unknown[];
  const problems = entries.map((given, index): ErrorDetail[] => {
    const { error } = entry.safeParse(given);
    return error ? problemsIn(error).map((found) => ({ ...found, path: under(`${list}[${index}]`, found.path) })) : [];
  });
  // An invalid entry has no keys.
  const valid = entries.map((given, index) => (problems[index]?.length ? {} : given));
  for (const { path, message } of between({ ...body, [list]: valid }, list)) {
    const [, index, field] = path;
    problems[Number(index)]?.push({ path: `${list}[${String(index)}].${String(field)}`, reason: message });
  }
  const rejected = entries.flatMap((row, index): RejectedRow[] =>
    problems[index]?.length ? [{ position: index + 1, list, row, problems: problems[index] }] : [],
  );
  if (rejected.length === entries.length) return body;
  const kept = entries.flatMap((given, index) => (problems[index]?.length ? [] : [{ given, position: index + 1 }]));
  const skipped = new SkippedRows(
    rejected,
    kept.map(({ position }) => position),
  );
  return { ...body, [list]: kept.map(({ given }) => given), on_invalid: skipped };
}

const under = (entry: string, path: string) =>
  path === '' || path.startsWith('[') ? entry + path : `${entry}.${path}`;

const NOT_ASCII = /[\u0080-\uffff]/g;

/** Rows as JSON that has the digits of numbers and all characters as they were sent, in ASCII: it can be cut anywhere. */
export function rowsToText(rows: readonly RejectedRow[]): string {
  const json = JSON.stringify(rows, (_, value) => (value instanceof ExactNumber ? exactNumber(value.text) : value));
  return json.replace(NOT_ASCII, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

export function rowsOfText(text: string): RejectedRow[] {
  const rows = parseExact(text) as (Omit<RejectedRow, 'position'> & { position: ExactNumber })[];
  return rows.map((each) => ({ ...each, position: Number(each.position.text) }));
}
