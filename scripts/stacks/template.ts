/** A compiled CloudFormation template, and the references in it. */

export type Resource = {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
  readonly DependsOn?: string | readonly string[];
  readonly [attribute: string]: unknown;
};
export type Output = { readonly Value: unknown; readonly Export?: { readonly Name: unknown } };
export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>;
  readonly Outputs?: Readonly<Record<string, Output>>;
  readonly [section: string]: unknown;
};

/** A `Ref` (without an attribute) or an `Fn::GetAtt`. */
export type Reference = { readonly id: string; readonly attribute?: string };

/**
 * A copy of a part of a template, with what `replace` returns in place of each reference.
 * @throws Error for a reference inside the text of an `Fn::Sub`, where it cannot be replaced
 */
export function replaceReferences<Value>(value: Value, replace: (found: Reference, as: unknown) => unknown): Value {
  const visit = (each: unknown): unknown => {
    if (Array.isArray(each)) return each.map(visit);
    if (typeof each !== 'object' || each === null) return each;
    const found = referenceIn(each as Readonly<Record<string, unknown>>);
    if (found) return replace(found, each);
    return Object.fromEntries(Object.entries(each).map(([name, item]) => [name, visit(item)]));
  };
  return visit(value) as Value;
}

function referenceIn(value: Readonly<Record<string, unknown>>): Reference | undefined {
  const [[name, argument] = [], ...others] = Object.entries(value);
  if (others.length > 0) return undefined;
  if (name === 'Ref') return { id: String(argument) };
  if (name === 'Fn::Sub') refuseReferencesIn(argument);
  if (name !== 'Fn::GetAtt') return undefined;
  const [id = '', ...attribute] = Array.isArray(argument) ? argument : String(argument).split('.');
  return { id, attribute: attribute.join('.') };
}

/** Variables of the state machine are given as a map beside the text. */
function refuseReferencesIn(argument: unknown): void {
  const [text, variables = {}] = Array.isArray(argument) ? argument : [argument];
  for (const [, name = ''] of `${text}`.matchAll(/\$\{([^!}]+)\}/g)) {
    if (name.startsWith('AWS::') || name in variables) continue;
    throw new Error(`The text of an Fn::Sub has \${${name}}: write it with Fn::Join, Ref and Fn::GetAtt.`);
  }
}
