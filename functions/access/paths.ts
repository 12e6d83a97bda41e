import { z } from 'zod';
import { KEY_ID } from '../../lib/access/key.ts';
import { pathId } from '../../lib/kernel/fields.ts';

/** Path parameters. An id that no key can have is NOT_FOUND. */
export const keyPath = z.object({ key_id: pathId(KEY_ID) });
