import { Modal, type ModalProps, Title } from '@mantine/core';
import { useEffect, useState } from 'react';

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
