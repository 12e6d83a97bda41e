import { Button, Menu } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import { type Input, type OperationId, operations } from '../../../client/index.ts';
import { notify } from './notices.tsx';

/** What a button of the console does, for terminals. */
export type Copyable<Id extends OperationId = OperationId> = {
  /** Without the name of the program: `batches stop b-1`. Undefined: there is none, and curl does it. */
  readonly command: string | undefined;
  readonly operation: Id;
  readonly input: Input<Id>;
};

/** For a POSIX shell. */
export const quoted = (text: string): string =>
  /^[\w.:@/=-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

export const commandOf = (command: string): string => `npx sluice ${command}`;

/** The key comes from the environment: a page never has it. */
export function curlOf<Id extends OperationId>({ operation, input }: Copyable<Id>): string {
  const { method, path } = operations[operation];
  const {
    params = {},
    query,
    body,
  } = input as {
    params?: Record<string, string>;
    query?: Record<string, string>;
    body?: unknown;
  };
  const given = Object.entries(query ?? {}).filter(([, value]) => value !== undefined);
  const search = given.length > 0 ? `?${new URLSearchParams(given)}` : '';
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  return [
    'curl',
    ...(method === 'GET' ? [] : [`-X ${method}`]),
    quoted(`${location.origin}${filled}${search}`),
    '-H "X-API-Key: $SLUICE_API_KEY"',
    ...(body === undefined ? [] : [`-d ${quoted(JSON.stringify(body))}`]),
  ].join(' ');
}

/** @param shownAs what the notice says: a secret is not shown again */
export async function copy(text: string, shownAs = text): Promise<void> {
  await navigator.clipboard.writeText(text);
  notify(`Copied: ${shownAs}`);
}

export const CopyAs = memo(function CopyAs<Id extends OperationId>(copyable: Copyable<Id>) {
  const { command } = copyable;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button size="xs" variant="default">
          Copy as
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {command !== undefined && <Menu.Item onClick={() => copy(commandOf(command))}>sluice command</Menu.Item>}
        <Menu.Item onClick={() => copy(curlOf(copyable))}>curl</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}) as <Id extends OperationId>(copyable: Copyable<Id>) => ReactNode;
