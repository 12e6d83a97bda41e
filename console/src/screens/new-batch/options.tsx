import { Checkbox, NativeSelect, SimpleGrid, TextInput } from '@mantine/core';
import type { Kind } from './fields.ts';
import type { Options, Start } from './request.ts';

type Props = {
  readonly kind: Kind;
  readonly options: Options;
  /** An upload has no batch id, and cannot start at a time. */
  readonly isUpload: boolean;
  readonly onChange: (options: Options) => void;
};

/** What the request says beside its payouts. */
export function OptionFields({ kind, options, isUpload, onChange }: Props) {
  const set = (change: Partial<Options>) => onChange({ ...options, ...change });
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2, md: 4 }} spacing="sm" mb="md">
        {!isUpload && (
          <TextInput
            label="Batch id"
            description="A batch with this id is created once."
            value={options.batchId}
            onChange={({ currentTarget }) => set({ batchId: currentTarget.value })}
            pattern="[A-Za-z0-9][A-Za-z0-9_\-]{0,63}"
            title="Letters, digits, - and _; at most 64"
            required
          />
        )}
        <NativeSelect
          label="Start"
          description="When its payouts are sent"
          value={options.start}
          onChange={({ currentTarget }) => set({ start: currentTarget.value as Start })}
          data={[
            { value: 'now', label: 'At once' },
            ...(isUpload ? [] : [{ value: 'later', label: 'At a time' }]),
            { value: 'by_hand', label: 'When a person starts it' },
          ]}
        />
        {options.start === 'later' && (
          <TextInput
            label="Time"
            description="In your time zone, at most 90 days ahead"
            type="datetime-local"
            value={options.startAt}
            onChange={({ currentTarget }) => set({ startAt: currentTarget.value })}
            required
          />
        )}
        <NativeSelect
          label="Duplicates"
          description="Payouts whose id another payout has"
          value={options.duplicates}
          onChange={({ currentTarget }) => set({ duplicates: currentTarget.value as Options['duplicates'] })}
          data={[
            { value: 'reject', label: 'Refuse the batch' },
            { value: 'skip', label: 'Leave them out' },
            { value: 'allow', label: 'Pay them' },
          ]}
        />
      </SimpleGrid>
      <Checkbox
        label="Pay the valid rows although others are invalid"
        checked={options.skipInvalid}
        onChange={({ currentTarget }) => set({ skipInvalid: currentTarget.checked })}
        mb="xs"
      />
      {kind === 'payouts' && (
        <Checkbox
          label="Claim each transaction, so that no sale is paid out twice"
          checked={options.claimTransactions}
          onChange={({ currentTarget }) => set({ claimTransactions: currentTarget.checked })}
        />
      )}
    </>
  );
}
