import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, '../../../node_modules/.cache/sluice/valid-definitions');

/** The definitions of state machines that were found valid, by their hash. To check one takes half a second of each first start. */
const fileOf = (definition: string) => join(FOLDER, createHash('sha256').update(definition).digest('hex'));

export const isKnownToBeValid = (definition: string) => existsSync(fileOf(definition));

export function rememberAsValid(definition: string): void {
  try {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(fileOf(definition), '');
  } catch {
    // a folder that this user may not change: it is checked again the next time
  }
}
