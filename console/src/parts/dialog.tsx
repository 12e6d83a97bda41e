import { Modal, type ModalProps, Title } from '@mantine/core';

type Props = Pick<ModalProps, 'opened' | 'onClose' | 'size' | 'children'> & { readonly title: string };

/** Its title is no `header`: a page has one banner only. */
export const Dialog = ({ title, children, ...props }: Props) => (
  <Modal
    {...props}
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
