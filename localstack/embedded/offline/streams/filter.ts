/** The filter patterns of a trigger. */

/** A field matches if it equals one of the values in its list. */
type Scalar = string | number | boolean | null;

interface Pattern {
  [field: string]: Pattern | Scalar[];
}

export type Filter = (record: unknown) => boolean;

/**
 * A record passes if it matches all fields of at least one pattern. Only equality is supported.
 * @throws Error that names an unsupported field: comparison operators, such as {prefix: ...}, and $or.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function filterOf(patterns: unknown[] | undefined): Filter {
  if (patterns === undefined) return () => true;
  const parsed = patterns.map((pattern) => parse(pattern, ''));
  return (record) => parsed.some((pattern) => matches(pattern, record));
}

function parse(pattern: unknown, path: string): Pattern {
  if (typeof pattern !== 'object' || pattern === null) {
    throw new Error(`filterPatterns: ${path || 'a pattern'} has to be an object or a list`);
  }
  const fields = Object.entries(pattern).map(([name, wanted]) => {
    const field = path === '' ? name : `${path}.${name}`;
    if (name.startsWith('$')) throw new Error(`filterPatterns: ${field} is not supported locally`);
    return [name, Array.isArray(wanted) ? scalars(wanted, field) : parse(wanted, field)] as const;
  });
  return Object.fromEntries(fields);
}

function scalars(list: unknown[], field: string): Scalar[] {
  const operator = list.find((value) => typeof value === 'object' && value !== null);
  if (operator === undefined) return list as Scalar[];
  const [name] = Object.keys(operator as object);
  throw new Error(`filterPatterns: ${field} uses "${name}"; locally only equality is supported`);
}

function matches(pattern: Pattern, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(pattern).every(([name, wanted]) => {
    const field: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (!Array.isArray(wanted)) return matches(wanted, field);
    // A list in the record, such as a string set, matches if one of its values does.
    return [field].flat().some((each) => wanted.includes(each as Scalar));
  });
}
