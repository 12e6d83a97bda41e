import { Button, type ButtonProps, Group, Modal, type ModalProps, Title } from '@mantine/core';
import { type ComponentPropsWithoutRef, useEffect, useState } from 'react';

type Props = Pick<ModalProps, 'onClose' | 'size' | 'children'> & { readonly title: string };

/** Open as long as it is rendered; then the focus returns to where it was. Its title is no `header`: a page has one banner only. */
export function Dialog({ title, children, ...props }: Props) {
  const [before] = useState(() => document.activeElement);
  useEffect(() => () => (before as HTMLElement | null)?.focus({ preventScroll: true }), [before]);
  return (
    <Modal
      {...props}
      opened
      transitionProps={{ duration: 0 }}
      withCloseButton={false}
      attributes={{ content: { 'aria-label': title } }}
    >
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </Modal>
  );
}

type Submit = Pick<ButtonProps, 'loading'> &
  Pick<ComponentPropsWithoutRef<'button'>, 'onClick'> & {
    readonly label: string;
    readonly close: () => void;
    /** It cannot be undone. */
    readonly isFinal: boolean;
    readonly hasFocus: boolean;
  };

/** The end of a dialog that does something: close it, or do it. */
export function DialogButtons({ label, close, isFinal, hasFocus, ...submit }: Submit) {
  return (
    <Group justify="flex-end">
      <Button variant="default" onClick={close}>
        Close
      </Button>
      <Button {...submit} type="submit" color={isFinal ? 'red.9' : undefined} data-autofocus={hasFocus || undefined}>
        {label}
      </Button>
    </Group>
  );
}
