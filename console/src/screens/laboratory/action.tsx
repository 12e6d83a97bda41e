import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { queries } from '../../api.ts';
import { Dialog } from '../../parts/dialog.tsx';
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
  /** What does the same in a terminal. */
  readonly shell: string;
  readonly act: () => Promise<unknown>;
  readonly isFinal?: boolean;
  readonly isDisabled?: boolean;
};

/** Says what will happen, shows the command that does the same, then does it. */
export function LaboratoryAction({ label, children, shell, act, isFinal = false, isDisabled = false }: Props) {
  const [isOpen, setOpen] = useState(false);
  const close = () => setOpen(false);
  const { mutate, reset, error, isPending } = useMutation({
    mutationFn: act,
    onSuccess: () => {
      close();
      notify(`Done: ${label}`);
      return queries.invalidateQueries({ queryKey: ['laboratory'] });
    },
  });
  const open = () => {
    reset();
    setOpen(true);
  };
  return (
    <>
      <Button size="xs" variant="default" onClick={open} disabled={isDisabled}>
        {label}
      </Button>
      <Dialog opened={isOpen} onClose={close} title={label}>
        <Stack gap="sm">
          <Text size="sm" component="div">
            {children}
          </Text>
          <Shell>{shell}</Shell>
          {error && (
            <Alert color="red" variant="outline" role="alert">
              {error.message}
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Close
            </Button>
            <Button
              type="submit"
              color={isFinal ? 'red.9' : undefined}
              loading={isPending}
              onClick={() => mutate()}
              data-autofocus
            >
              {label}
            </Button>
          </Group>
        </Stack>
      </Dialog>
    </>
  );
}
