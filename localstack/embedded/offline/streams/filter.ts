/** The filter patterns of a trigger: which records the function gets to see. */

/** A value listed in a pattern: a field matches when it is one of these. */
type Scalar = string | number | boolean | null;

interface Pattern {
  [field: string]: Pattern | Scalar[];
}

export type Filter = (record: unknown) => boolean;

/**
 * A record passes when it matches one of the patterns, and matches a pattern when every field of it does. Fields may be
 * nested; the lists name the values that are equal.
 * @throws Error that names what is not understood: comparison operators, such as {prefix: ...}, and $or.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export function filterOf(patterns: unknown[] | undefined): Filter {
  if (patterns === undefined) return () => true;
  const understood = patterns.map((pattern) => understand(pattern, ''));
  return (record) => understood.some((pattern) => matches(pattern, record));
}

function understand(pattern: unknown, path: string): Pattern {
  if (typeof pattern !== 'object' || pattern === null) {
    throw new Error(`filterPatterns: ${path || 'a pattern'} has to be an object or a list`);
  }
  const fields = Object.entries(pattern).map(([name, wanted]) => {
    const field = path === '' ? name : `${path}.${name}`;
    if (name.startsWith('$')) throw new Error(`filterPatterns: ${field} is not supported locally`);
    return [name, Array.isArray(wanted) ? scalars(wanted, field) : understand(wanted, field)] as const;
  });
  return Object.fromEntries(fields);
}

function scalars(list: unknown[], field: string): Scalar[] {
  const operator = list.find((value) => typeof value === 'object' && value !== null);
  if (operator === undefined) return list as Scalar[];
  const [name] = Object.keys(operator as object);
  throw new Error(`filterPatterns: ${field} compares with "${name}", locally only lists of equal values are supported`);
}

function matches(pattern: Pattern, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(pattern).every(([name, wanted]) => {
    const field: unknown = Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
    if (!Array.isArray(wanted)) return matches(wanted, field);
    // A list in the record, such as a string set, matches when one of its values does.
    return [field].flat().some((each) => wanted.includes(each as Scalar));
  });
}
