import { expect } from 'vitest';
import { routes } from '../../functions/routes.ts';
import { type Explanation, explanationAnswer } from '../../lib/kernel/explanation.ts';

/** All sentences of an explanation. */
export function sentencesOf({ why, references, calls, lease, next, actions }: Explanation): string[] {
  return [
    ...why,
    ...[...references, ...calls, ...(lease ? [lease] : []), ...(next ? [next] : []), ...actions].map(
      (of) => of.sentence,
    ),
  ];
}

const WHOLE = /^[A-Z].*[.!?]$/su;
const UNFIT = /undefined|NaN|\bnull\b|\[object|Invalid|Infinity| {2}|\s[.,]/;

/** An explanation fits its schema, and its sentences are whole and without a secret. Its actions are routes. */
export function expectSound(explanation: Explanation, secrets: readonly string[] = []): void {
  expect(explanationAnswer.strict().parse(explanation)).toEqual(explanation);
  expect(explanation.why.length).toBeGreaterThan(0);
  const isBad = (sentence: string) =>
    !WHOLE.test(sentence) || UNFIT.test(sentence) || secrets.some((secret) => sentence.includes(secret));
  expect(sentencesOf(explanation).filter(isBad)).toEqual([]);
  for (const { action, method, path, scope } of explanation.actions) {
    const route = routes[action as keyof typeof routes];
    const pattern = new RegExp(`^${route.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
    expect([route.method, pattern.test(path), route.scope]).toEqual([method, true, scope]);
  }
}
