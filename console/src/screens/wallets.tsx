import { Button, Group, Text, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { quoted } from '../parts/copy-as.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { Page } from '../parts/page.tsx';

/** Wallets are found by the id of their user: the service keeps no list of them. */
export function Wallets() {
  const [user, setUser] = useState('');
  const navigate = useNavigate();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    return navigate({ to: '/wallets/$userId', params: { userId: user.trim() } });
  };
  return (
    <Page title="Wallets" actions={<NewWallet />}>
      <form onSubmit={submit}>
        <Group align="flex-end" gap="sm">
          <TextInput
            label="User"
            placeholder="Your id of the user"
            value={user}
            onChange={({ currentTarget }) => setUser(currentTarget.value)}
            required
          />
          <Button type="submit">Show</Button>
        </Group>
      </form>
      <Text size="sm" c="dimmed">
        The service keeps no list of wallets or payments. A wallet’s statement leads to its payments and withdrawals.
      </Text>
    </Page>
  );
}

const NewWallet = () => (
  <FormButton
    label="New wallet"
    scope="wallets:write"
    operation="createWallet"
    fields={[
      { name: 'user', label: 'User', description: 'Your id of the user' },
      { name: 'currency', label: 'Currency', description: 'Such as IDR, or an asset such as BTC' },
    ]}
    input={({ user = '', currency = '' }) => ({ body: { user_id: user, currency } })}
    command={({ user = '', currency = '' }) => `wallets create ${quoted(user)} --currency ${quoted(currency)}`}
  >
    Opens a wallet at zero, or adds a currency to the user’s wallet.
  </FormButton>
);
