import { type Use, usesOf } from './actions.ts';
import { compareGrants } from './grants.ts';
import type { AwsCall } from './proxy.ts';
import { PREFIX, rolesOfFunctions } from './roles.ts';
import { UNSEEN } from './unseen-grants.ts';

/** What functions asked of AWS, each use once. */
export class CallRecorder {
  readonly #uses = new Map<string, Map<string, Use>>();
  readonly #unknown = new Set<string>();
  calls = 0;

  readonly record = (call: AwsCall): void => {
    this.calls += 1;
    try {
      const caller = call.caller.replace(PREFIX, '');
      const uses = this.#uses.get(caller) ?? new Map<string, Use>();
      this.#uses.set(caller, uses);
      for (const use of usesOf(call)) uses.set(JSON.stringify(use), use);
    } catch (error) {
      this.#unknown.add((error as Error).message);
    }
  };

  /** Prints what the roles do not allow, or allow in vain. @returns whether there is nothing */
  async report(endpoint: string): Promise<boolean> {
    const uses = new Map([...this.#uses].map(([caller, some]) => [caller, [...some.values()]]));
    const roles = await rolesOfFunctions(endpoint);
    const found = { ...compareGrants(roles, uses, UNSEEN), unknown: [...this.#unknown] };
    print('Calls that the role of their function does not allow:', found.denied);
    print('Grants that no call used (scripts/deployed/unseen-grants.ts gives reasons):', found.unused);
    print('Reasons for grants that no role has:', found.stale);
    print('Calls whose action is not known (scripts/deployed/actions.ts):', found.unknown);
    const count = Object.values(found).flat().length;
    console.log(`IAM: ${this.calls} calls of ${uses.size} functions, ${roles.size} roles, ${count} findings.`);
    return count === 0;
  }
}

function print(title: string, lines: readonly string[]): void {
  if (lines.length > 0) console.log([title, ...lines].join('\n  '));
}
