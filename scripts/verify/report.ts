import type { Verified } from './verify.ts';

const NO_BANK = 'endpoints.json names no bank with a readable ledger';
/** The text shows this many differences of a check; --json shows all. */
const SHOWN = 20;

type Check = {
  readonly domain: string;
  readonly name: string;
  readonly description: string;
  readonly result: 'ok' | 'fail' | 'skip';
  readonly violations: readonly string[];
};

function checksOf(verified: Verified): Check[] {
  if ('error' in verified) return [];
  const { domain, checks, differences, skipped = [] } = verified;
  return Object.entries(checks).map(([name, description]) => {
    const violations = differences.filter(({ check }) => check === name).map(({ message }) => message);
    const result = violations.length > 0 ? 'fail' : skipped.includes(name) ? 'skip' : 'ok';
    return { domain, name, description, result, violations };
  });
}

/** One domain as text. */
export function textOf(verified: Verified): string {
  if ('error' in verified) return `${verified.domain}: not checked. ${verified.error}`;
  const { domain, examined, notes = [] } = verified;
  const rows = checksOf(verified).flatMap(({ result, description, violations }) => [
    `${result === 'fail' ? 'FAIL' : result.padEnd(4)}  ${description}${result === 'skip' ? `: ${NO_BANK}` : ''}`,
    ...violations.slice(0, SHOWN).map((message) => `        ! ${message}`),
    ...(violations.length > SHOWN ? [`        ! and ${violations.length - SHOWN} more (--json lists all)`] : []),
  ]);
  return [
    `${domain}: ${examined}`,
    ...[...rows, ...notes.map((note) => `note  ${note}`)].map((row) => `  ${row}`),
  ].join('\n');
}

/** What --json prints; main.ts documents its shape. */
export function documentOf(all: readonly Verified[]): object {
  return {
    checks: all.flatMap(checksOf),
    domains: all.map((verified) =>
      'error' in verified
        ? { domain: verified.domain, error: verified.error }
        : { domain: verified.domain, examined: verified.examined, notes: verified.notes ?? [] },
    ),
  };
}

/** 1 if a check failed, else 2 if a domain could not be checked, else 0. */
export function exitCodeOf(all: readonly Verified[]): 0 | 1 | 2 {
  if (all.flatMap(checksOf).some(({ result }) => result === 'fail')) return 1;
  return all.some((verified) => 'error' in verified) ? 2 : 0;
}

export function summaryOf(all: readonly Verified[]): string {
  const checks = all.flatMap(checksOf);
  const withResult = (result: Check['result']) => checks.filter((check) => check.result === result);
  const [ok, failed, skipped] = [withResult('ok'), withResult('fail'), withResult('skip')];
  const violations = failed.reduce((sum, check) => sum + check.violations.length, 0);
  const unchecked = all.filter((verified) => 'error' in verified).map(({ domain }) => domain);
  return [
    ...(failed.length > 0 ? [`${failed.length} of ${checks.length} checks failed, violations: ${violations}.`] : []),
    ...(unchecked.length > 0 ? [`Not checked: ${unchecked.join(', ')}.`] : []),
    ...(failed.length === 0 && unchecked.length === 0 ? [`All ${ok.length} checks passed.`] : []),
    ...(skipped.length > 0 ? [`${skipped.length} skipped.`] : []),
  ].join(' ');
}
