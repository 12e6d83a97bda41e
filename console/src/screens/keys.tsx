import { Button, List, Text } from '@mantine/core';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { KeyWithUse } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { CopyAs } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { Status } from '../parts/status.tsx';
import { Ago, Time } from '../parts/time.tsx';
import { ruleText } from './approval/rule-text.ts';
import { KeyActions, NewKey } from './keys/actions.tsx';

const route = getRouteApi('/keys');
const PAGE_SIZE = 50;

const COLUMNS: readonly Column<KeyWithUse>[] = [
  {
    header: 'Key',
    cell: ({ key_id, name }) => (
      <>
        {name} <div className="id">{key_id}</div>
      </>
    ),
  },
  { header: 'Person', cell: ({ person }) => <span style={{ overflowWrap: 'anywhere' }}>{person}</span> },
  { header: 'Status', cell: ({ status }) => <Status of={status} /> },
  { header: 'Scopes', cell: ({ scopes }) => scopes.join(', '), isWide: true },
  { header: 'Last used', cell: ({ last_used_at: at }) => (at ? <Ago at={at} /> : 'never'), isWide: true },
  { header: 'Expires', cell: ({ expires_at }) => <Time at={expires_at} />, isWide: true },
  { header: 'Actions', cell: (key) => <KeyActions of={key} /> },
];

/** Who may do what. */
export function Keys() {
  const { cursor } = route.useSearch();
  const input = { query: { limit: PAGE_SIZE, ...(cursor && { cursor }) } };
  const query = useResource('listKeys', input, { every: 10_000, keepLast: true });
  return (
    <Page
      title="Keys"
      actions={
        <>
          <NewKey />
          <CopyAs command="keys list" operation="listKeys" input={input} />
        </>
      }
    >
      <Loaded query={query}>
        {({ keys, next_cursor }) => (
          <>
            <DataTable
              label="Keys, newest first"
              columns={COLUMNS}
              rows={keys}
              keyOf={({ key_id }) => key_id}
              empty={<Text>There is none.</Text>}
            />
            <Pager cursor={cursor} next={next_cursor} />
          </>
        )}
      </Loaded>
      <Panel
        title="Approval rules"
        aside={
          <Button size="xs" variant="default" component={Link} to="/keys/rules">
            Change the rules
          </Button>
        }
      >
        <Rules />
      </Panel>
    </Page>
  );
}

function Rules() {
  const query = useResource('getApprovalPolicy', {}, { every: 30_000 });
  return (
    <Loaded query={query}>
      {({ rules, version, changed_by: by, changed_at: at }) => (
        <>
          {rules.length === 0 && <Text>No rule holds: payments need no other person.</Text>}
          <List>
            {rules.map((rule) => (
              <List.Item key={JSON.stringify(rule)}>{ruleText(rule)}</List.Item>
            ))}
          </List>
          {at && (
            <Text size="sm" c="dimmed" mt="xs">
              Version {version}, changed by {by}, <Time at={at} />
            </Text>
          )}
        </>
      )}
    </Loaded>
  );
}
