import { Button, Code, Group, Stack, Text, TextInput } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useState } from 'react';
import { type AnswerBody, type Input, type KeyScope, type OperationId, operations } from '../../../client/index.ts';
import { api, queries } from '../api.ts';
import { type Amount, formatMoney, plainAmount } from '../format.ts';
import { useCan } from '../session.ts';
import { CopyAs, commandOf, curlOf } from './copy-as.tsx';
import { Dialog, DialogButtons } from './dialog.tsx';
import { ErrorPanel } from './error-panel.tsx';
import { notify } from './notices.tsx';

export type Values = Readonly<Record<string, string>>;

export type FormField = {
  readonly name: string;
  readonly label: string;
  readonly description?: string;
  readonly type?: 'text' | 'url' | 'number' | 'date' | 'datetime-local';
  readonly isOptional?: boolean;
  /** A regular expression that the whole text has to match. */
  readonly pattern?: string;
  /** What the field has when the dialog opens. */
  readonly initial?: string;
};

export type FormProps<Id extends OperationId> = {
  readonly label: string;
  readonly scope: KeyScope;
  readonly operation: Id;
  /** What the user enters. */
  readonly fields: readonly FormField[];
  /** Of the request, by what the user has entered. */
  readonly input: (values: Values) => Input<Id>;
  /** Without the name of the program. */
  readonly command?: (values: Values) => string;
  /** What will happen. */
  readonly children: ReactNode;
  /** Amounts that the user has to type, so that each one is read. */
  readonly confirms?: readonly Amount[];
  /** What cannot be taken back. */
  readonly isFinal?: boolean;
  readonly isPrimary?: boolean;
  /** What is shown of the answer, such as a secret. Without it the dialog closes. */
  readonly shows?: (answer: AnswerBody<Id>) => ReactNode;
  /** Such as leaving the screen of what is deleted. */
  readonly onDone?: () => unknown;
};

const initialOf = (fields: readonly FormField[]): Values =>
  Object.fromEntries(fields.map(({ name, initial = '' }) => [name, initial]));

/** Both notations of an amount, for the browser's own check of a field. */
const patternOf = (amount: Amount) =>
  [plainAmount(amount), formatMoney(amount)]
    .map((text) => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&').replace(/\s/g, '\\s*'))
    .join('|');

/** Says what will happen, asks for what the request takes, shows the command that does the same, then sends the request. */
export function FormButton<Id extends OperationId>(props: FormProps<Id>) {
  const { label, scope, isPrimary = false } = props;
  const [isOpen, setOpen] = useState(false);
  if (!useCan()(scope)) return null;
  return (
    <>
      <Button size="xs" variant={isPrimary ? 'filled' : 'default'} onClick={() => setOpen(true)}>
        {label}
      </Button>
      {isOpen && <FormDialog {...props} close={() => setOpen(false)} />}
    </>
  );
}

function FormDialog<Id extends OperationId>({ close, ...props }: FormProps<Id> & { readonly close: () => void }) {
  const { label, operation, fields, input, command, children, confirms = [], shows, isFinal = false, onDone } = props;
  const [values, setValues] = useState<Values>(() => initialOf(fields));
  const [idempotencyKey, setKey] = useState(() => crypto.randomUUID());
  // Sent again after a lost answer, the same request has one effect.
  const key = 'key' in operations[operation] ? { idempotencyKey } : {};
  const { mutate, error, isPending, data } = useMutation({
    mutationFn: async () => (await api.request(operation, input(values), { attempts: 4, ...key })).body,
    onSuccess: () => {
      if (!shows) close();
      notify(`Done: ${label}`);
      onDone?.();
      return queries.invalidateQueries();
    },
  });
  const enter = (entered: Values) => {
    setValues(entered);
    setKey(crypto.randomUUID());
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutate();
  };
  const copyable = { operation, input: input(values), command: command?.(values) };
  return (
    <Dialog onClose={close} title={label}>
      {shows && data !== undefined ? (
        <Stack gap="sm">
          {shows(data)}
          <Group justify="flex-end">
            <Button onClick={close}>Close</Button>
          </Group>
        </Stack>
      ) : (
        <form onSubmit={submit}>
          <Stack gap="sm">
            <Text size="sm" component="div">
              {children}
            </Text>
            {fields.map(({ name, label, description, type = 'text', isOptional = false, pattern }, index) => (
              <TextInput
                key={name}
                label={label}
                description={description}
                type={type}
                pattern={pattern}
                value={values[name] ?? ''}
                onChange={({ currentTarget: { value } }) => enter({ ...values, [name]: value })}
                required={!isOptional}
                maxLength={500}
                data-autofocus={index === 0 || undefined}
              />
            ))}
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
                {copyable.command === undefined ? curlOf(copyable) : commandOf(copyable.command)}
              </Code>
              <CopyAs {...copyable} />
            </Group>
            {error && <ErrorPanel error={error} />}
            <DialogButtons {...{ label, close, isFinal }} hasFocus={fields.length === 0} loading={isPending} />
          </Stack>
        </form>
      )}
    </Dialog>
  );
}
