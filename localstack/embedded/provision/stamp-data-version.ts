import { EXPECTED_VERSION } from '../../../lib/system/data-version.ts';
import { MIGRATIONS_KEY } from '../../../lib/system/items.ts';
import type { Report } from './report.ts';
import { storeItem, tableNamed } from './store-item.ts';
import { Resolver, type StackLocation, type Template } from './template.ts';

/**
 * If every table was created just now, there is nothing to migrate: the database gets the expected version. Existing data is
 * left to `npm run migrate`.
 */
export async function stampDataVersion(
  template: Template,
  location: StackLocation,
  { created }: Report,
): Promise<void> {
  const tables = new Resolver(template, location).resources('AWS::DynamoDB::Table');
  const system = tableNamed(template, location, 'SystemTable');
  if (system === undefined || !tables.every(({ name }) => created.includes(name))) return;
  const item = { ...MIGRATIONS_KEY, version: EXPECTED_VERSION, dirty: false };
  await storeItem(location, system, item, { condition: 'attribute_not_exists(pk)' });
}
