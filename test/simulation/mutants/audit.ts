import type { Mutant } from './mutant.ts';

/** The chain of seals. */
export const audit: readonly Mutant[] = [
  {
    name: 'sealed events are sealed again',
    domain: 'audit',
    file: 'lib/audit/seal-events.ts',
    code: 'page.filter((key) => !known.has(nameOfEvent(key)))',
    becomes: 'page.filter((key) => !known.has(key.subject))',
  },
  {
    name: 'the sealer does not read the overlap again',
    domain: 'audit',
    file: 'lib/audit/seal-events.ts',
    code: 'max(this.head.from, min(readTo, certain))',
    becomes: 'max(this.head.from, min(readTo, readTo > certain ? readTo : certain))',
  },
  {
    name: 'the head moves though another run has moved it',
    domain: 'audit',
    file: 'lib/audit/dynamo-chain.ts',
    code: "ConditionExpression: 'version = :before',",
    becomes: "ConditionExpression: 'version = :before OR version <> :before',",
  },
  {
    name: 'a signed head is not kept after a crash',
    domain: 'audit',
    file: 'lib/audit/seal-events.ts',
    code: 'if (this.head.signed && !this.head.isKept)',
    becomes: 'if (this.head.signed && this.head.isKept && !this.head.isKept)',
  },
];
