import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { BadInput } from '../../scripts/endpoints.ts';

const profilesSchema = z.record(z.string(), z.object({ url: z.url(), api_key: z.string().min(1) }));

/** Address and key of a service, by the name of its stage. */
export type Profiles = Readonly<z.infer<typeof profilesSchema>>;

const OTHERS = 0o077;

/** See the XDG Base Directory Specification. */
export const profilesPath = () =>
  join(process.env.XDG_CONFIG_HOME || join(homedir(), '.config'), 'sluice', 'profiles.json');

/** @throws BadInput if other users may read the file, or if it has another form */
export function readProfiles(): Profiles {
  const path = profilesPath();
  const mode = statSync(path, { throwIfNoEntry: false })?.mode;
  if (mode === undefined) return {};
  if (mode & OTHERS) throw new BadInput(`Other users may read the keys in ${path}. Correct it with: chmod 600 ${path}`);
  try {
    return profilesSchema.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    throw new BadInput(`${path} is not a file of profiles. Correct it, or delete it and add them again.`);
  }
}

/** Replaces the file. A reader sees the old one or the new one. */
export function writeProfiles(profiles: Profiles): void {
  const path = profilesPath();
  const next = `${path}.${process.pid}`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(next, `${JSON.stringify(profiles, null, 2)}\n`, { mode: 0o600 });
  renameSync(next, path);
}

/** @throws BadInput if there is no such profile */
export function profileNamed(name: string): { readonly api: string; readonly apiKey: string } {
  const profiles = readProfiles();
  const found = Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  if (found) return { api: found.url, apiKey: found.api_key };
  throw new BadInput(`There is no profile ${name}. Add it with: npx sluice profiles add ${name} <url>`);
}
