import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import type { Input, KeyScope, OperationId } from '../../../client/index.ts';
import { api, queries } from '../api.ts';
import { type Amount, formatMoney, plainAmount } from '../format.ts';
import { useCan } from '../session.ts';
import { CopyAs, commandOf } from './copy-as.tsx';
import { Dialog } from './dialog.tsx';
import { ErrorPanel } from './error-panel.tsx';
import { notify } from './notices.tsx';

type Props<Id extends OperationId> = {
  readonly label: string;
  readonly scope: KeyScope;
  readonly operation: Id;
  /** Of the request, by what the user has entered. */
  readonly input: (entered: string) => Input<Id>;
  /** Without the name of the program. */
  readonly command: (entered: string) => string;
  /** What will happen. */
  readonly children: ReactNode;
  /** What the user has to enter, such as the reason that the request takes. */
  readonly asks?: { readonly label: string; readonly type?: 'text' | 'datetime-local' };
  /** Amounts that the user has to type, so that each one is read. */
  readonly confirms?: readonly Amount[];
  /** What cannot be taken back. */
  readonly isFinal?: boolean;
  readonly isPrimary?: boolean;
};

/** Both notations of an amount, for the browser's own check of a field. */
const patternOf = (amount: Amount) =>
  [plainAmount(amount), formatMoney(amount)]
    .map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/\s/g, '\\s*'))
    .join('|');

export const REASON = { label: 'Reason' } as const;

/** Says what will happen, asks for what the request takes, shows the command that does the same, then sends the request. */
export function ActionButton<Id extends OperationId>(props: Props<Id>) {
  const { label, scope, operation, input, command, children, asks, confirms = [] } = props;
  const { isFinal = false, isPrimary = false } = props;
  const [isOpen, setOpen] = useState(false);
  const [entered, setEntered] = useState('');
  const close = () => setOpen(false);
  const { mutate, reset, error, isPending } = useMutation({
    mutationFn: () => api.request(operation, input(entered), { attempts: 4 }),
    onSuccess: () => {
      close();
      notify(`Done: ${label}`);
      return queries.invalidateQueries();
    },
  });
  if (!useCan()(scope)) return null;
  const open = () => {
    reset();
    setEntered('');
    setOpen(true);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutate();
  };
  const copyable = { operation, input: input(entered), command: command(entered) };
  return (
    <>
      <Button size="xs" variant={isPrimary ? 'filled' : 'default'} onClick={open}>
        {label}
      </Button>
      <Dialog opened={isOpen} onClose={close} title={label}>
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Text size="sm" component="div">
              {children}
            </Text>
            {asks && (
              <TextInput
                label={asks.label}
                type={asks.type ?? 'text'}
                value={entered}
                onChange={({ currentTarget }) => setEntered(currentTarget.value)}
                required
                maxLength={500}
                data-autofocus
              />
            )}
            {confirms.map((amount) => (
              <TextInput
                key={amount.currency}
                label={`Type ${formatMoney(amount)} to confirm`}
                pattern={patternOf(amount)}
                title={plainAmount(amount)}
                inputMode="decimal"
                autoComplete="off"
                required
              />
            ))}
            <Group justify="space-between" wrap="nowrap" align="flex-start">
              <Code block flex={1} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
                {commandOf(copyable)}
              </Code>
              <CopyAs {...copyable} />
            </Group>
            {error && <ErrorPanel error={error} />}
            <Group justify="flex-end">
              <Button variant="default" onClick={close}>
                Close
              </Button>
              <Button
                type="submit"
                color={isFinal ? 'red.9' : undefined}
                loading={isPending}
                data-autofocus={!asks || undefined}
              >
                {label}
              </Button>
            </Group>
          </Stack>
        </form>
      </Dialog>
    </>
  );
}
