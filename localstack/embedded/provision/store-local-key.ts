import { keyItem, secretItem } from '../../../lib/access/items.ts';
import { LOCAL_KEY_ID } from '../../../lib/access/key.ts';
import { KEY_SCOPES } from '../../../lib/kernel/principal.ts';
import { storeItem, tableNamed } from './store-item.ts';
import type { StackLocation, Template } from './template.ts';

/** The person that the key of `npm start` belongs to. */
const LOCAL_PERSON = 'local';

/**
 * Stores the key of `npm start` (SLUICE_API_KEY_HASH, SHA-256 in hex), which may do everything. A key that has this secret is not
 * changed: it may be revoked. A key with another secret is made again, because its owner has replaced the file `api-key`.
 */
export async function storeLocalKey(template: Template, location: StackLocation): Promise<void> {
  const hash = process.env.SLUICE_API_KEY_HASH;
  const table = tableNamed(template, location, 'AccessTable');
  if (!hash || !table) return;
  const key = keyItem({
    id: LOCAL_KEY_ID,
    name: 'npm start',
    person: LOCAL_PERSON,
    scopes: KEY_SCOPES,
    limits: {},
    createdAt: new Date().toISOString(),
    version: 1,
    secrets: [{ hash }],
  });
  const condition = 'attribute_not_exists(pk) OR NOT contains(secrets, :hash)';
  await storeItem(location, table, key, { condition, values: { ':hash': hash } });
  await storeItem(location, table, secretItem({ hash, keyId: LOCAL_KEY_ID }));
}
