import type { Input, OperationId } from '../../../client/index.ts';
import { FormButton, type FormField, type FormProps } from './form-button.tsx';

type Props<Id extends OperationId> = Omit<FormProps<Id>, 'fields' | 'input' | 'command'> & {
  /** What the user has to enter, such as the reason that the request takes. */
  readonly asks?: Pick<FormField, 'label' | 'type'>;
  /** Of the request, by what the user has entered. */
  readonly input: (entered: string) => Input<Id>;
  /** Without the name of the program. */
  readonly command?: (entered: string) => string;
};

export const REASON = { label: 'Reason' } as const;

/** A form with one field, or none. */
export const ActionButton = <Id extends OperationId>({ asks, input, command, ...props }: Props<Id>) => (
  <FormButton
    {...props}
    fields={asks ? [{ ...asks, name: 'entered' }] : []}
    input={({ entered = '' }) => input(entered)}
    {...(command && { command: ({ entered = '' }) => command(entered) })}
  />
);
