import { Group, Loader, Stack, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorPanel } from './error-panel.tsx';

type Props = {
  readonly title: string;
  /** Beside the title, such as a status. */
  readonly aside?: ReactNode;
  /** Buttons of the whole page. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
};

/** A screen: its title is the page's and gets the focus when the screen is opened. */
export function Page({ title, aside, actions, children }: Props) {
  return (
    <Stack gap="md">
      <title>{`${title} · Sluice`}</title>
      <Group justify="space-between" gap="sm">
        <Group gap="sm">
          <Title order={1} tabIndex={-1} style={{ overflowWrap: 'anywhere' }}>
            {title}
          </Title>
          {aside}
        </Group>
        {actions && <Group gap="xs">{actions}</Group>}
      </Group>
      {children}
    </Stack>
  );
}

/** A part of a screen with a heading. */
export function Panel({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  return (
    <section className="panel" aria-label={title}>
      <Group justify="space-between" mb="sm" gap="xs">
        <Title order={2}>{title}</Title>
        {aside}
      </Group>
      {children}
    </section>
  );
}

/** What was read, or why it was not. What was read once stays visible while later reads fail. */
export function Loaded<Body>({
  query,
  children,
}: {
  query: UseQueryResult<Body>;
  children: (body: Body) => ReactNode;
}) {
  if (query.data !== undefined) return children(query.data);
  if (query.error) return <ErrorPanel error={query.error} onRetry={() => query.refetch()} />;
  return <Loader role="status" aria-label="Loading" size="sm" />;
}
