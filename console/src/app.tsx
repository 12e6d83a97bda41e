import { Center, Loader, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { queries } from './api.ts';
import { Notices } from './parts/notices.tsx';
import { router } from './routes.tsx';
import { Login } from './screens/login.tsx';
import { SessionContext, useSession } from './session.ts';
import { cssVariables, theme } from './theme.ts';

export const App = () => (
  <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
    <QueryClientProvider client={queries}>
      <SignedIn />
    </QueryClientProvider>
  </MantineProvider>
);

/** Every address shows the login until there is a session, and then its own screen. */
function SignedIn() {
  const { data: session } = useSession();
  if (session) {
    return (
      <SessionContext value={session}>
        <RouterProvider router={router} />
      </SessionContext>
    );
  }
  if (session === null) return <Login />;
  return (
    <Center h="100vh" p="md">
      <Notices />
      <Loader role="status" aria-label="Loading" />
    </Center>
  );
}
