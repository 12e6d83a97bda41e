import { lines } from './tell.ts';
import type { Verified } from './verify.ts';

const WITHOUT_A_BANK = 'endpoints.json names no bank whose books could be read';

type Result = 'ok' | 'FAIL' | 'skip';
type Check = {
  readonly domain: string;
  readonly name: string;
  readonly says: string;
  readonly result: Result;
  readonly violations: readonly string[];
};

function checksOf(verified: Verified): Check[] {
  if ('unknown' in verified) return [];
  const { domain, checks, differences, skipped = [] } = verified;
  return Object.entries(checks).map(([name, says]) => {
    const violations = differences.filter(({ check }) => check === name).map((difference) => difference.says);
    const result = violations.length > 0 ? 'FAIL' : skipped.includes(name) ? 'skip' : 'ok';
    return { domain, name, says, result, violations };
  });
}

/** One domain as text. */
export function tableOf(verified: Verified): string {
  const { domain } = verified;
  if ('unknown' in verified) return `${domain}: cannot be said. ${verified.unknown}`;
  const { looked, notes = [] } = verified;
  const rows = checksOf(verified).flatMap(({ result, says, violations }) =>
    result === 'skip' ? [`skip  ${says}: ${WITHOUT_A_BANK}`] : lines(says, violations),
  );
  return [`${domain}: ${looked}`, ...rows, ...notes.map((note) => `note  ${note}`)].map(indented).join('\n');
}

const indented = (line: string, index: number) => (index === 0 ? line : `  ${line}`);

/** For machines. */
export function documentOf(all: readonly Verified[]): object {
  return {
    checks: all.flatMap(checksOf).map((check) => ({ ...check, result: check.result.toLowerCase() })),
    domains: all.map((verified) =>
      'unknown' in verified
        ? { domain: verified.domain, unknown: verified.unknown }
        : { domain: verified.domain, looked: verified.looked, notes: verified.notes ?? [] },
    ),
  };
}

/** 0 if all agrees, 1 if something is wrong, 2 if neither can be said. */
export function exitCodeOf(all: readonly Verified[]): 0 | 1 | 2 {
  if (all.flatMap(checksOf).some(({ result }) => result === 'FAIL')) return 1;
  return all.some((verified) => 'unknown' in verified) ? 2 : 0;
}

export function summaryOf(all: readonly Verified[]): string {
  const checks = all.flatMap(checksOf);
  const of = (result: Result) => checks.filter((check) => check.result === result);
  const violations = of('FAIL').reduce((sum, check) => sum + check.violations.length, 0);
  const unknown = all.filter((verified) => 'unknown' in verified).map(({ domain }) => domain);
  return [
    ...(violations > 0 ? [`${of('FAIL').length} of ${checks.length} checks failed, ${violations} violations.`] : []),
    ...(unknown.length > 0 ? [`Nothing can be said of ${unknown.join(', ')}.`] : []),
    ...(violations === 0 && unknown.length === 0 ? [`All of it agrees: ${of('ok').length} checks.`] : []),
    ...(of('skip').length > 0 ? [`${of('skip').length} were not made.`] : []),
  ].join(' ');
}
