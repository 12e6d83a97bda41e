import { NativeSelect, SimpleGrid } from '@mantine/core';
import { FIELDS, type Kind, type Mapping } from './fields.ts';
import type { Table } from './read-file.ts';

type Props = {
  readonly table: Table;
  readonly kind: Kind;
  readonly mapping: Mapping;
  readonly onKind: (kind: Kind) => void;
  readonly onMapping: (mapping: Mapping) => void;
};

const SECRETS: readonly string[] = ['bank_account', 'pix_key'];
/** Of an example, in characters: a cell may have thousands. */
const LONGEST = 60;
const masked = (text: string) => `****${text.slice(-4)}`;

/** What the first row has in a column. Accounts show their last characters only. */
function exampleOf({ rows: [first] }: Table, field: string, column: string | undefined): string {
  const cell = column === undefined ? undefined : first?.[column];
  if (cell === undefined || cell === null || cell === '') return 'no value in the first row';
  const text = String(cell);
  if (SECRETS.includes(field)) return masked(text);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** Which column of the file is which field of a payout. */
export function MappingFields({ table, kind, mapping, onKind, onMapping }: Props) {
  return (
    <>
      <NativeSelect
        label="Destination"
        maw="20rem"
        mb="md"
        value={kind}
        onChange={({ currentTarget }) => onKind(currentTarget.value as Kind)}
        data={[
          { value: 'payouts', label: 'Bank accounts' },
          { value: 'items', label: 'Pix keys' },
        ]}
      />
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm">
        {FIELDS[kind].map(({ name, isRequired }) => (
          <NativeSelect
            key={name}
            label={name}
            withAsterisk={isRequired}
            description={exampleOf(table, name, mapping[name])}
            value={mapping[name] ?? ''}
            error={isRequired && mapping[name] === undefined ? 'Choose its column' : undefined}
            onChange={({ currentTarget }) => onMapping({ ...mapping, [name]: currentTarget.value || undefined })}
            data={[{ value: '', label: '(no column)' }, ...table.columns]}
          />
        ))}
      </SimpleGrid>
    </>
  );
}
