import { Button, Group } from '@mantine/core';
import { Link } from '@tanstack/react-router';

/** Pages of a list that is read with cursors. The browser's history has the pages before. */
export function Pager({ cursor, next }: { cursor: string | undefined; next: string | null | undefined }) {
  if (!cursor && !next) return null;
  return (
    <Group gap="xs" component="nav" aria-label="Pages">
      {cursor && (
        <Button
          size="xs"
          variant="default"
          component={Link}
          to="."
          search={((all: object) => ({ ...all, cursor: undefined })) as never}
        >
          First page
        </Button>
      )}
      {next && (
        <Button
          size="xs"
          variant="default"
          component={Link}
          to="."
          search={((all: object) => ({ ...all, cursor: next })) as never}
        >
          Next page
        </Button>
      )}
    </Group>
  );
}
