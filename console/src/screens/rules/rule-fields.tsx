import { Button, Checkbox, Group, NativeSelect, SimpleGrid, TextInput } from '@mantine/core';
import { Panel } from '../../parts/page.tsx';
import { type Draft, minorIn } from './draft.ts';

const KINDS = [
  { value: 'batch', label: 'Batches' },
  { value: 'withdrawal', label: 'Withdrawals' },
  { value: 'deny_list_removal', label: 'Removals from the deny-list' },
];

type Props = {
  readonly name: string;
  readonly draft: Draft;
  readonly onChange: (draft: Draft) => void;
  readonly onRemove: () => void;
};

/** A rule that can be edited. A request meets it if it meets all of its conditions. */
export function RuleFields({ name, draft, onChange, onRemove }: Props) {
  const set = (change: Partial<Draft>) => onChange({ ...draft, ...change });
  const textOf = (field: 'currency' | 'total' | 'largest' | 'approvers' | 'hours') => ({
    value: draft[field],
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      set({ [field]: field === 'currency' ? value.toUpperCase() : value }),
  });
  const errorOf = (amount: string) =>
    amount.trim() !== '' && minorIn(amount, draft) === undefined
      ? draft.currency
        ? `No amount in ${draft.currency}`
        : 'Give its currency'
      : undefined;
  return (
    <Panel
      title={name}
      aside={
        <Button size="xs" variant="default" onClick={onRemove} aria-label={`Remove ${name.toLowerCase()}`}>
          Remove
        </Button>
      }
    >
      <SimpleGrid cols={{ base: 1, xs: 2, md: 3 }} spacing="sm">
        <NativeSelect
          label="For"
          data={KINDS}
          value={draft.kind}
          onChange={({ currentTarget }) => set({ kind: currentTarget.value as Draft['kind'] })}
        />
        <TextInput label="Approvers besides the maker" type="number" min={1} max={5} {...textOf('approvers')} />
        <TextInput label="Lapses after hours" type="number" min={1} max={744} {...textOf('hours')} />
        {draft.kind !== 'deny_list_removal' && (
          <>
            <TextInput label="Currency or asset" placeholder="all" {...textOf('currency')} />
            <TextInput label="All payments from" error={errorOf(draft.total)} {...textOf('total')} />
            <TextInput label="One payment from" error={errorOf(draft.largest)} {...textOf('largest')} />
          </>
        )}
      </SimpleGrid>
      {draft.kind !== 'deny_list_removal' && (
        <Group mt="sm">
          <Checkbox
            label="Only with a payee or an account that was never paid"
            checked={draft.newPayee}
            onChange={({ currentTarget }) => set({ newPayee: currentTarget.checked })}
          />
        </Group>
      )}
    </Panel>
  );
}
