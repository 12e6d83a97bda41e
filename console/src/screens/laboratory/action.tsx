import { Alert, Button, Code, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { queries } from '../../api.ts';
import { commandOf } from '../../parts/copy-as.tsx';
import { Dialog, DialogButtons } from '../../parts/dialog.tsx';
import { notify } from '../../parts/notices.tsx';

export const Shell = ({ children }: { children: ReactNode }) => (
  <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
    {children}
  </Code>
);

type Props = {
  readonly label: string;
  /** What will happen. */
  readonly children: ReactNode;
  /** That does the same, without the name of the program. */
  readonly command: string;
  readonly act: () => Promise<unknown>;
  readonly isFinal?: boolean;
  readonly isDisabled?: boolean;
};

/** Says what will happen, shows the command that does the same, then does it. */
export function LaboratoryAction({ isDisabled = false, ...props }: Props) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" variant="default" onClick={() => setOpen(true)} disabled={isDisabled}>
        {props.label}
      </Button>
      {isOpen && <ActionDialog {...props} close={() => setOpen(false)} />}
    </>
  );
}

function ActionDialog({
  label,
  children,
  command,
  act,
  isFinal = false,
  close,
}: Props & { readonly close: () => void }) {
  const { mutate, error, isPending } = useMutation({
    mutationFn: act,
    onSuccess: () => {
      close();
      notify(`Done: ${label}`);
      return queries.invalidateQueries({ queryKey: ['laboratory'] });
    },
  });
  return (
    <Dialog onClose={close} title={label}>
      <Stack gap="sm">
        <Text size="sm" component="div">
          {children}
        </Text>
        <Shell>{commandOf(command)}</Shell>
        {error && (
          <Alert color="red" variant="outline" role="alert">
            {error.message}
          </Alert>
        )}
        <DialogButtons {...{ label, close, isFinal }} hasFocus loading={isPending} onClick={() => mutate()} />
      </Stack>
    </Dialog>
  );
}
