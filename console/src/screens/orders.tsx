import { Button, Group, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { Page } from '../parts/page.tsx';

const isOrder = (id: string) => /^ord_[0-9a-f]{32}$/.test(id);

/** Orders and products are found by their ids: the service lists neither. */
export function Orders() {
  const [text, setText] = useState('');
  const navigate = useNavigate();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const id = text.trim();
    return isOrder(id)
      ? navigate({ to: '/orders/$orderId', params: { orderId: id } })
      : navigate({ to: '/products/$productId', params: { productId: id } });
  };
  return (
    <Page title="Orders">
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput
            label="Id of an order or of a product"
            placeholder="ord_… or tour-shirt-m"
            value={text}
            onChange={({ currentTarget }) => setText(currentTarget.value)}
            required
          />
          <Button type="submit">Show</Button>
        </Group>
      </form>
      <Text size="sm" c="dimmed">
        The service keeps no list of orders or products. The audit log has the events of each one.
      </Text>
    </Page>
  );
}
