import pMap from 'p-map';
import { versionOf } from './cipher.ts';
import type { SealedFields, SealedTable } from './ports.ts';
import type { Secrets } from './secrets.ts';

const PARALLEL_WRITES = 8;
/** A pass finds what another one could not change, because the service changed it at that moment. */
const PASSES = 5;

export type RotateDeps = {
  readonly secrets: Secrets;
  readonly fields: SealedFields;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** Called when the new version is stored, and after each page. */
  readonly onProgress: (progress: Progress) => void;
};
/** `waitMs`: until all processes encrypt with the new version. */
export type Progress = { readonly version: number; readonly waitMs: number } | { readonly reencrypted: number };

/** `remaining`: fields under older versions. `plain`: fields that the migration to data version 5 has not encrypted. */
export type Rotated = {
  readonly version: number;
  readonly reencrypted: number;
  readonly remaining: number;
  readonly plain: number;
};

/**
 * Makes a new version of a table's data key, waits until every process encrypts with it, and encrypts every field of the table
 * again. A field is replaced on condition that it is as it was read, so a change of the service is never lost.
 * @param resume continues an interrupted rotation with the newest version
 */
export async function rotateData(deps: RotateDeps, table: SealedTable, { resume = false } = {}): Promise<Rotated> {
  const { secrets, now, sleep, onProgress } = deps;
  const { version, usableFrom } = await (resume ? secrets.newestKey(table) : secrets.addKey(table));
  const waitMs = Math.max(0, usableFrom - now());
  onProgress({ version, waitMs });
  await sleep(waitMs);
  let reencrypted = 0;
  let last = { changed: 0, remaining: 1, plain: 0 };
  for (let pass = 0; pass < PASSES && last.remaining > 0; pass += 1) {
    const before = reencrypted;
    last = await reencryptAll(deps, table, (changed) => onProgress({ reencrypted: before + changed }));
    reencrypted += last.changed;
  }
  return { version, reencrypted, remaining: last.remaining, plain: last.plain };
}

async function reencryptAll(
  { secrets, fields }: RotateDeps,
  table: SealedTable,
  onPage: (changed: number) => void,
): Promise<{ changed: number; remaining: number; plain: number }> {
  const count = { changed: 0, remaining: 0, plain: 0 };
  for await (const page of fields.pages(table)) {
    const [sealer, opener] = await Promise.all([secrets.sealer(table), secrets.opener(table)]);
    const older = page.filter(({ text }) => versionOf(text) !== undefined && versionOf(text) !== sealer.version);
    count.plain += page.filter(({ text }) => versionOf(text) === undefined).length;
    await pMap(
      older,
      async (field) => {
        const text = sealer.seal(opener.open(field.text, field.at), field.at);
        if (await fields.replace(table, field, text)) count.changed += 1;
        else count.remaining += 1;
      },
      { concurrency: PARALLEL_WRITES },
    );
    onPage(count.changed);
  }
  return count;
}
