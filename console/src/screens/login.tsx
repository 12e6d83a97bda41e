import { Anchor, Button, Center, Code, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { ErrorPanel } from '../parts/error-panel.tsx';
import { Notices } from '../parts/notices.tsx';
import { signIn } from '../session.ts';

/** Buys a session with a key. The key is not kept. */
export function Login() {
  const [key, setKey] = useState('');
  const { mutate, error, isPending } = useMutation({ mutationFn: signIn });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutate(key.trim());
  };
  return (
    <Center mih="100vh" p="md" component="main">
      <title>Sign in · Sluice</title>
      <Stack maw="28rem" w="100%">
        <Notices />
        <form onSubmit={submit} className="panel">
          <Stack>
            <Title order={1}>Sluice</Title>
            <PasswordInput
              label="API key"
              description="It is exchanged for a session, and not kept in this browser."
              value={key}
              onChange={({ currentTarget }) => setKey(currentTarget.value)}
              autoComplete="off"
              spellCheck={false}
              required
              autoFocus
              visibilityToggleButtonProps={{ 'aria-label': 'Show the key', tabIndex: 0 }}
            />
            {error && <ErrorPanel error={error} />}
            <Button type="submit" loading={isPending}>
              Sign in
            </Button>
          </Stack>
        </form>
        <Text size="sm" c="dimmed">
          On a laptop, <Code>npm start</Code> prints the key. It is also in the file <Code>.sluice/api-key</Code> of the
          project. In other stages, an administrator makes one for you with <Code>sluice keys create</Code>.
        </Text>
        <Text size="sm">
          <Anchor href="/docs">The API's documentation</Anchor>
        </Text>
      </Stack>
    </Center>
  );
}
