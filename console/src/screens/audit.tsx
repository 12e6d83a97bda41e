import { Button, Code, Group, Text, TextInput } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import type { CloudEvent } from '../../../client/index.ts';
import { useResource } from '../api.ts';
import { formatCount } from '../format.ts';
import { CopyAs, quoted } from '../parts/copy-as.tsx';
import { type Column, DataTable } from '../parts/data-table.tsx';
import { asUtc, localTime } from '../parts/local-time.ts';
import { Loaded, Page, Panel } from '../parts/page.tsx';
import { Pager } from '../parts/pager.tsx';
import { Ago, Time } from '../parts/time.tsx';

const route = getRouteApi('/audit');
const PAGE_SIZE = 100;

const COLUMNS: readonly Column<CloudEvent>[] = [
  { header: 'Time', cell: ({ time }) => <Time at={time} /> },
  {
    header: 'Event',
    cell: ({ type, data }) => (
      <details>
        <summary>{type}</summary>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {JSON.stringify(data, undefined, 2)}
        </Code>
      </details>
    ),
  },
  { header: 'Subject', cell: ({ subject }) => <span className="id">{subject}</span> },
  { header: 'By key', cell: ({ principalname }) => principalname ?? 'the service', isWide: true },
  { header: 'Request', cell: ({ requestid }) => <span className="id">{requestid ?? '–'}</span>, isWide: true },
];

const optionsOf = (subject = '', from = '', to = '') =>
  [subject && ` --subject ${quoted(subject)}`, from && ` --from ${from}`, to && ` --to ${to}`].join('');

/** Events of all domains, or of one subject. */
export function Audit() {
  const { subject, from, to, cursor } = route.useSearch();
  const input = {
    query: {
      limit: PAGE_SIZE,
      ...(cursor ? { cursor } : { ...(subject && { subject }), ...(from && { from }), ...(to && { to }) }),
    },
  };
  const query = useResource('getAudit', input, { every: 5_000, keepLast: true });
  return (
    <Page
      title="Audit log"
      actions={<CopyAs command={`audit list${optionsOf(subject, from, to)}`} operation="getAudit" input={input} />}
    >
      <Filters key={`${subject} ${from} ${to}`} />
      <Chain />
      <Loaded query={query}>
        {({ events, next_cursor }) => (
          <>
            <DataTable
              label="Events, oldest first"
              columns={COLUMNS}
              rows={events}
              keyOf={({ id }) => id}
              empty={<Text>There is no event in this time.</Text>}
            />
            <Pager cursor={cursor} next={next_cursor} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

/** How far the events are sealed. Whether they are whole is for `verify` to say: it reads all blocks. */
function Chain() {
  const { data } = useResource('getOperations', {}, { every: 30_000 });
  if (!data) return null;
  const { audit_chain: chain } = data;
  return (
    <Panel title="Sealed chain">
      {chain ? (
        <Text size="sm" component="div">
          {formatCount(chain.events)} events in {formatCount(chain.blocks)} blocks, sealed until{' '}
          <Time at={chain.sealed_until} />. The sealer ran <Ago at={chain.checked_at} />.
        </Text>
      ) : (
        <Text size="sm">The sealer has not run yet.</Text>
      )}
      <Text size="sm">
        To check that no event was changed or removed: <Code>npm run verify -- --domain events</Code>
      </Text>
    </Panel>
  );
}

/** They are in the URL. */
function Filters() {
  const given = route.useSearch();
  const navigate = useNavigate();
  const [subject, setSubject] = useState(given.subject ?? '');
  const [from, setFrom] = useState(localTime(given.from));
  const [to, setTo] = useState(localTime(given.to));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const search = { subject: subject.trim() || undefined, from: asUtc(from) || undefined, to: asUtc(to) || undefined };
    return navigate({ to: '/audit', search: JSON.parse(JSON.stringify(search)) });
  };
  return (
    <form onSubmit={submit}>
      <Group align="flex-end" gap="sm">
        <TextInput
          label="Subject"
          placeholder="Id of an entity"
          w="22rem"
          maw="100%"
          value={subject}
          onChange={({ currentTarget }) => setSubject(currentTarget.value)}
        />
        <TextInput
          label="From"
          type="datetime-local"
          value={from}
          onChange={({ currentTarget }) => setFrom(currentTarget.value)}
        />
        <TextInput
          label="To"
          type="datetime-local"
          value={to}
          onChange={({ currentTarget }) => setTo(currentTarget.value)}
        />
        <Button type="submit">Show</Button>
      </Group>
      <Text size="sm" c="dimmed" mt="xs">
        In your time zone. Without times, the last 24 hours.
      </Text>
    </form>
  );
}
