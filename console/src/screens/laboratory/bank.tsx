import { Alert, Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { queries } from '../../api.ts';
import { type BankChange, type BankSettings, laboratory, type Mode } from '../../laboratory.ts';
import { commandOf } from '../../parts/copy-as.tsx';
import { notify } from '../../parts/notices.tsx';
import { Shell } from './action.tsx';

const MODES: Readonly<Record<Mode, string>> = {
  happy: 'Pays.',
  latency: 'Pays after the latency below, or after 50 to 500 ms if it is 0.',
  timeout: 'Does not pay and does not answer.',
  'timeout-after-effect': 'Pays and does not answer.',
  '500': 'Answers 500. Half of the payments have moved money.',
  declined: 'Refuses every payment.',
  garbage: 'Pays, and answers with an invalid body.',
  random: 'Pays 85 %, refuses 15 % for five reasons.',
  reorg: 'Undoes withdrawals on a chain after a confirmation. Pays the rest.',
};

/** A change of what the bank does from now on. What the user does not change keeps its value. */
export function BankForm({ bank }: { bank: BankSettings }) {
  const [edited, setEdited] = useState<Partial<BankSettings>>({});
  const { mode, latency_ms, lookups } = { ...bank, ...edited };
  const [min, max] = latency_ms;
  const { mutate, error, isPending } = useMutation({
    mutationFn: () => laboratory.setBank({ mode, latency_ms, lookups } as BankChange),
    onSuccess: async () => {
      notify(`Done: the bank has the mode ${mode}`);
      await queries.invalidateQueries({ queryKey: ['laboratory', 'state'] });
      setEdited({});
    },
  });
  const edit = (change: Partial<BankSettings>) => setEdited((before) => ({ ...before, ...change }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutate();
  };
  const milliseconds = (
    label: string,
    value: number,
    least: number,
    to: (value: number) => readonly [number, number],
  ) => (
    <TextInput
      label={label}
      type="number"
      min={least}
      max={60_000}
      value={value}
      onChange={({ currentTarget }) => edit({ latency_ms: to(Number(currentTarget.value)) })}
    />
  );
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <NativeSelect
          label="Mode"
          data={Object.keys(MODES)}
          value={mode}
          onChange={({ currentTarget }) => edit({ mode: currentTarget.value })}
        />
        <Text size="sm">{MODES[mode as Mode]}</Text>
        <Group grow align="flex-end" gap="sm">
          {milliseconds('Shortest latency, ms', min, 0, (value) => [value, max])}
          {milliseconds('Longest latency, ms', max, min, (value) => [min, value])}
        </Group>
        <Checkbox
          label="Look-ups fail: the outcome of a payment without an answer stays unknown"
          checked={lookups === 'down'}
          onChange={({ currentTarget }) => edit({ lookups: currentTarget.checked ? 'down' : 'ok' })}
        />
        <BankCommand command={`bank mode ${mode} --latency ${min}-${max} --set lookups=${lookups}`} />
        {error && (
          <Alert color="red" variant="outline" role="alert">
            {error.message}
          </Alert>
        )}
        <Group>
          <Button type="submit" loading={isPending}>
            Change the bank
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

const BankCommand = ({ command }: { command: string }) => <Shell>{commandOf(command)}</Shell>;
