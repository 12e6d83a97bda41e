import type { Use } from './actions.ts';

/** A grant: a statement of a role. `partitions`: patterns of dynamodb:LeadingKeys; undefined means every item. */
export type Statement = {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly partitions?: readonly string[];
};

/** A grant that the flows do not show to be needed, and why the function has it. */
export type Unseen = { readonly grants: RegExp; readonly reason: string };

export type Findings = {
  /** Calls that the role of their function does not allow. */
  readonly denied: readonly string[];
  /** Grants that no call used, and that no reason is given for. */
  readonly unused: readonly string[];
  /** Reasons for grants that no role has. */
  readonly stale: readonly string[];
};

/** Used by functions (by their names), and by holders of presigned links (by ''). */
export type Uses = ReadonlyMap<string, readonly Use[]>;

/** As in a policy: an asterisk is any text, a question mark any character. */
function matches(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+^${}()|[\]\\]/g, '\\$&').replaceAll('?', '.'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

/** KMS finds the key of a ciphertext itself: such a call names none. */
const covers = (pattern: string, resource: string) => resource === '' || matches(pattern, resource);

function allows({ actions, resources, partitions }: Statement, use: Use): boolean {
  return (
    actions.includes(use.action) &&
    resources.some((pattern) => covers(pattern, use.resource)) &&
    (partitions === undefined || use.partitions.every((each) => partitions.some((pattern) => matches(pattern, each))))
  );
}

const shortOf = (resource: string) => resource.replace(/^arn:aws:\w+:[^:]*:\d*:/, '');
const lineOf = (caller: string, { actions, resources, partitions = [] }: Statement) =>
  [caller, actions.join(','), resources.map(shortOf).join(','), ...partitions].join(' ');

/** Without the id that follows: `BATCH#*`. */
const kindOf = (partition: string) => partition.replace(/#.*/s, '#*');

/** If one of its actions was used: a grant is a line of resources/roles.cjs, which may grant all reads of a table. */
function isUsed({ actions, resources, partitions }: Statement, uses: readonly Use[]): boolean {
  const isInside = (each: string) => partitions === undefined || partitions.some((pattern) => matches(pattern, each));
  return uses.some(
    (use) =>
      actions.includes(use.action) &&
      resources.some((pattern) => covers(pattern, use.resource)) &&
      (partitions === undefined || use.partitions.some(isInside)),
  );
}

/** Compares what functions did with what their roles allow. A grant counts as used if a presigned link used it: a link names no function. */
export function compareGrants(
  roles: ReadonlyMap<string, readonly Statement[]>,
  uses: Uses,
  unseen: readonly Unseen[],
): Findings {
  const denied = [...uses].flatMap(([caller, used]) =>
    used
      .filter((use) => caller !== '' && !(roles.get(caller) ?? []).some((statement) => allows(statement, use)))
      .map(({ action, resource, partitions }) => {
        const kinds = [...new Set(partitions.map(kindOf))];
        return lineOf(caller, { actions: [action], resources: [resource], partitions: kinds });
      }),
  );
  const byLink = uses.get('') ?? [];
  const grants = [...roles].flatMap(([caller, statements]) => statements.map((each) => ({ caller, statement: each })));
  const unused = grants
    .filter(({ caller, statement }) => !isUsed(statement, [...(uses.get(caller) ?? []), ...byLink]))
    .map(({ caller, statement }) => lineOf(caller, statement))
    .filter((line) => !unseen.some((each) => each.grants.test(line)));
  const lines = grants.map(({ caller, statement }) => lineOf(caller, statement));
  return {
    denied: [...new Set(denied)].sort(),
    unused: [...new Set(unused)].sort(),
    stale: unseen.filter((each) => !lines.some((line) => each.grants.test(line))).map((each) => each.grants.source),
  };
}
