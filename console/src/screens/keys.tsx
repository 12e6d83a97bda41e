import { Group, List, Text } from '@mantine/core';
import { getRouteApi } from '@tanstack/react-router';
import type { KeyScope, KeyWithUse } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { ActionButton } from '../parts/action-button.tsx';
import { CopyAs, quoted } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { FormButton } from '../parts/form-button.tsx';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { Secret } from '../parts/secret.tsx';
import { Status } from '../parts/status.tsx';
import { Ago, Time } from '../parts/time.tsx';
import { ruleText } from './approval/rule-text.ts';

const route = getRouteApi('/keys');
const PAGE_SIZE = 50;
const DAY_SECONDS = 86_400;

const COLUMNS: readonly Column<KeyWithUse>[] = [
  {
    header: 'Key',
    cell: ({ key_id, name }) => (
      <>
        {name} <div className="id">{key_id}</div>
      </>
    ),
  },
  { header: 'Person', cell: ({ person }) => person },
  { header: 'Status', cell: ({ status }) => <Status of={status} /> },
  { header: 'Scopes', cell: ({ scopes }) => scopes.join(', '), isWide: true },
  { header: 'Last used', cell: ({ last_used_at: at }) => (at ? <Ago at={at} /> : 'never'), isWide: true },
  { header: 'Expires', cell: ({ expires_at }) => <Time at={expires_at} />, isWide: true },
  { header: 'Actions', cell: (key) => <Actions of={key} /> },
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
      <Panel title="Approval rules">
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

const scopesIn = (text: string) => text.split(/[\s,]+/).filter((each) => each !== '') as KeyScope[];

const NewKey = () => (
  <FormButton
    label="New key"
    scope="admin"
    operation="createKey"
    fields={[
      { name: 'name', label: 'Name', description: 'What the key is for' },
      { name: 'person', label: 'Person', description: 'Who uses it, such as an e-mail address; it never changes' },
      { name: 'scopes', label: 'Scopes', description: 'Such as payouts:read payouts:write, separated by spaces' },
    ]}
    input={({ name = '', person = '', scopes = '' }) => ({ body: { name, person, scopes: scopesIn(scopes) } })}
    command={({ name = '', person = '', scopes = '' }) =>
      `keys create --name ${quoted(name)} --person ${quoted(person)} --scopes ${quoted(scopesIn(scopes).join(','))}`
    }
    shows={({ secret }) => <Secret secret={secret} />}
    isPrimary
  >
    A key with admin, payouts:approve or operations waits for another person, if there is one who can approve.
  </FormButton>
);

function Actions({ of: { key_id, name, status } }: { of: KeyWithUse }) {
  if (status === 'revoked' || status === 'expired') return null;
  const named = { params: { key_id } };
  return (
    <Group gap="xs" wrap="nowrap">
      <FormButton
        label="Rotate"
        scope="admin"
        operation="rotateKey"
        fields={[
          {
            name: 'overlap',
            label: 'Seconds for which the old secrets are valid',
            description: 'At most 30 days; 0 if one has leaked',
            type: 'number',
            initial: `${DAY_SECONDS}`,
          },
        ]}
        input={({ overlap }) => ({ ...named, body: { overlap_seconds: Number(overlap) } })}
        command={({ overlap }) => `keys rotate ${key_id} --overlap ${overlap}s`}
        shows={({ secret }) => <Secret secret={secret} />}
      >
        Makes a new secret for the key {name}.
      </FormButton>
      <ActionButton
        label="Revoke"
        scope="admin"
        operation="revokeKey"
        input={() => named}
        command={() => `keys revoke ${key_id}`}
        isFinal
      >
        The key {name} is refused everywhere within 60 s, for ever.
      </ActionButton>
    </Group>
  );
}
