import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/** Searches for values, and for forms from which they could be read or guessed: in base64, and as an unkeyed SHA-256. */
export class PlaintextSearch {
  readonly #sought: readonly (readonly [value: string, forms: readonly string[]])[];

  constructor(values: readonly string[]) {
    this.#sought = values.map((value) => [value, formsOf(value)]);
  }

  /** The values that a text has. */
  in(text: string): string[] {
    const lower = text.toLowerCase();
    return this.#sought.filter(([, forms]) => forms.some((form) => lower.includes(form))).map(([value]) => value);
  }

  /** The files of a directory that have a value, with the values. */
  filesOf(directory: string): Record<string, string[]> {
    const found = readdirSync(directory, { recursive: true, withFileTypes: true }).flatMap((entry) => {
      const file = join(entry.parentPath, entry.name);
      const values = entry.isFile() && existsSync(file) ? this.in(readFileSync(file, 'latin1')) : [];
      return values.length > 0 ? [[relative(directory, file), values] as const] : [];
    });
    return Object.fromEntries(found);
  }
}

function formsOf(value: string): string[] {
  const digest = createHash('sha256').update(value);
  const [first = '', ...digests] = ['hex', 'base64', 'base64url'].map((form) => digest.copy().digest(form as 'hex'));
  // In base64 at each of the three places that it can begin at, without the characters that depend on its neighbours.
  const encoded = [0, 1, 2].map((before) => {
    const text = Buffer.concat([Buffer.alloc(before), Buffer.from(value)]).toString('base64url');
    return text.slice(Math.ceil((before * 4) / 3), -2);
  });
  return [value, first, ...digests, ...encoded].map((form) => form.toLowerCase());
}
