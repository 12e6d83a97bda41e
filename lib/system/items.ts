import { z } from 'zod';
import { entity, fields } from '../kernel/codec.ts';
import type { DataVersion } from './data-version.ts';

/**
 * How the version of the data is stored in DynamoDB. Only `npm run migrate` writes it:
 *
 *     pk MIGRATIONS  sk MIGRATIONS  version, dirty; lock_owner, lock_token, locked_at, lock_until during a migration
 */
export const MIGRATIONS_KEY = { pk: 'MIGRATIONS', sk: 'MIGRATIONS' };

const record = entity(fields<DataVersion>({ version: z.int().default(0), dirty: z.boolean().default(false) }));

/** Without a record no migration has run. */
export const dataVersionOf = (item: Record<string, unknown> = MIGRATIONS_KEY) => record.decode(item);
