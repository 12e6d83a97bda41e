import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { invariant } from '../../lib/kernel/errors.ts';
import type { Migration } from './migration.ts';

export const FOLDER = join(import.meta.dirname, '../../migrations');

/** A file `0001-what-it-does.ts`. */
export type MigrationFile = { readonly version: number; readonly name: string; load(): Promise<Migration> };

/** In order, numbered from 1 without gaps. */
export function migrationFiles(folder = FOLDER): MigrationFile[] {
  const names = readdirSync(folder)
    .filter((name) => /^\d{4}-[\w-]+\.ts$/.test(name))
    .sort();
  return names.map((name, index) => {
    const version = Number(name.slice(0, 4));
    invariant(version === index + 1, `migrations must be numbered from 0001 without gaps, but found ${name}`);
    return { version, name: name.replace(/\.ts$/, ''), load: () => import(pathToFileURL(join(folder, name)).href) };
  });
}
