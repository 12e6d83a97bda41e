import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';

const ROOT = join(import.meta.dirname, '../..');

it('no two have the same name', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
});

it.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))('%s: its code occurs exactly once', (_, mutant) => {
  for (const { file, code } of [mutant, ...(mutant.and ?? [])]) {
    const occurrences = readFileSync(join(ROOT, file), 'utf8').split(code).length - 1;
    expect(occurrences, `${file}: ${code}`).toBe(1);
  }
});
