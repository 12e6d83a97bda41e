import { Anchor, AppShell, Burger, Button, Group, Kbd, Menu, Text, useMantineColorScheme } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { use, useEffect } from 'react';
import { SessionContext, signOut, useCan } from '../session.ts';
import { Notices } from './notices.tsx';
import { SCREENS } from './screens.ts';
import { Search, useSearch } from './search.tsx';
import { Time } from './time.tsx';
import { To } from './to.tsx';

function User() {
  const session = use(SessionContext);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  if (!session) return null;
  const { key } = session;
  return (
    <Menu position="bottom-end" width={280}>
      <Menu.Target>
        <Button variant="default" size="xs" maw={160}>
          {key.name}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Text size="sm" px="sm" py="xs" component="div" style={{ overflowWrap: 'anywhere' }}>
          <strong>{key.person}</strong>
          <div className="id">{key.key_id}</div>
          <Text size="xs" c="dimmed" component="div">
            {key.scopes.join(', ')}
          </Text>
          <Text size="xs" c="dimmed" component="div">
            Signed in until <Time at={session.expires_at} />
          </Text>
        </Text>
        <Menu.Divider />
        {(['light', 'dark', 'auto'] as const).map((scheme) => (
          <Menu.Item key={scheme} onClick={() => setColorScheme(scheme)} disabled={colorScheme === scheme}>
            {scheme === 'auto' ? 'Colours of the system' : `${scheme === 'light' ? 'Light' : 'Dark'} colours`}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={signOut}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Not the whole location: filters and pages change it often. */
const usePathname = () => useLocation({ select: ({ pathname }) => pathname });

function Navigation() {
  const pathname = usePathname();
  const can = useCan();
  const isAt = (path: string) => pathname === path || pathname.startsWith(`${path}/`);
  const above = SCREENS.filter((screen) => [screen.to, ...('with' in screen ? screen.with : [])].some(isAt));
  const active = above.find(({ to }) => to === pathname) ?? above[0];
  return SCREENS.filter(({ scope }) => scope === undefined || can(scope)).map(({ to, label }) => (
    <To key={to} path={to} className="screen" aria-current={to === active?.to ? 'page' : undefined}>
      {label}
    </To>
  ));
}

/** The frame around every screen. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure();
  const pathname = usePathname();
  const search = useSearch();
  // biome-ignore lint/correctness/useExhaustiveDependencies: another screen closes the navigation of a narrow page
  useEffect(close, [pathname]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 200, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      transitionDuration={0}
      padding={{ base: 'sm', sm: 'lg' }}
    >
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="sm" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <Anchor component={Link} to="/" fw={700} underline="never" c="inherit">
              Sluice
            </Anchor>
          </Group>
          <Button
            variant="default"
            size="xs"
            onClick={search.open}
            flex={1}
            maw={420}
            justify="space-between"
            rightSection={<Kbd visibleFrom="xs">Ctrl K</Kbd>}
          >
            Search
          </Button>
          <User />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Screens">
        <Navigation />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Notices />
        <Outlet />
      </AppShell.Main>
      {search.isOpen && <Search onClose={search.close} />}
    </AppShell>
  );
}
