import type { DataVersion } from './data-version.ts';

/**
 * How the version of the data lies in DynamoDB, written only by `npm run migrate`:
 *
 *     pk MIGRATIONS  sk MIGRATIONS  version, dirty; lock_owner, lock_token, locked_at, lock_until while somebody migrates
 */
export const MIGRATIONS_KEY = { pk: 'MIGRATIONS', sk: 'MIGRATIONS' };

/** Without a record nothing was ever migrated. */
export function dataVersionOf(item: Record<string, unknown> = {}): DataVersion {
  const { version = 0, dirty = false } = item as Partial<DataVersion>;
  return { version, dirty };
}
