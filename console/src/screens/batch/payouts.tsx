import { Button, Group, NativeSelect, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { memo, useDeferredValue } from 'react';
import type { Batch, Payout } from '../../../../client/index.ts';
import { api, useResource } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { DataTable } from '../../parts/data-table.tsx';
import { Loaded, Panel } from '../../parts/page.tsx';
import { PAYOUT_COLUMNS } from '../../parts/payout-columns.tsx';
import { nameOf } from '../../parts/status.tsx';
import { useChunks } from './chunks.tsx';
import { type Lists, listsOf } from './lists.ts';

const route = getRouteApi('/batches/$batchId');
const PAGE_SIZE = 100;
const MOST_AT_ONCE = 500;
const NONE = 'all';

/** The payouts of a batch, of one status, or of one reason of failure. */
export function Payouts({ batch }: { batch: Batch }) {
  // What was chosen is marked at once; the list follows.
  const { code, chunk, status, page } = useDeferredValue(route.useSearch());
  const lists = listsOf(batch);
  return (
    <Panel
      title={code ? `Payouts that failed with ${code}` : chunk ? `Payouts of chunk ${chunk}` : 'Payouts'}
      aside={<StatusChoice batch={batch} />}
    >
      {code && <OfReason {...lists} code={code} />}
      {chunk && <OfChunk {...lists} chunk={Number(chunk)} />}
      {!code && !chunk && <PageOfPayouts {...lists} status={status} page={Number(page ?? 1)} />}
    </Panel>
  );
}

function StatusChoice({ batch }: { batch: Batch }) {
  const { status } = route.useSearch();
  const navigate = useNavigate();
  const { counts, batch_id: batchId } = batch;
  const options = [
    { value: NONE, label: `all (${formatCount(batch.total_count)})` },
    ...Object.entries(counts).map(([each, count]) => ({
      value: each,
      label: `${nameOf(each)} (${formatCount(count)})`,
    })),
  ];
  const choose = (next: string) =>
    navigate({
      to: '/batches/$batchId',
      params: { batchId },
      search: next === NONE ? {} : { status: next },
      resetScroll: false,
    });
  return (
    <NativeSelect
      size="xs"
      aria-label="Status"
      data={options}
      value={status ?? NONE}
      onChange={({ currentTarget }) => choose(currentTarget.value)}
    />
  );
}

const List = ({ payouts }: { payouts: readonly Payout[] }) => (
  <DataTable
    label="List of payouts"
    columns={PAYOUT_COLUMNS}
    rows={payouts}
    keyOf={({ payout_id }) => payout_id}
    empty={<Text>There is none.</Text>}
    isLong
  />
);

type Shown = { readonly status: string | undefined; readonly page: number };

/** In the order of the request. */
const PageOfPayouts = memo(function PageOfPayouts({ batchId, isEnded, version, status, page }: Lists & Shown) {
  const query = useResource(
    'listPayouts',
    {
      params: { batch_id: batchId },
      query: { page, page_size: PAGE_SIZE, ...(status ? { status: status as Payout['status'] } : {}) },
    },
    { every: isEnded ? 30_000 : 3_000, keepLast: true, version },
  );
  return (
    <Loaded query={query}>
      {({ payouts, total_count }) => (
        <>
          <List payouts={payouts} />
          <Pages page={page} pages={Math.ceil(total_count / PAGE_SIZE)} />
        </>
      )}
    </Loaded>
  );
});

function Pages({ page, pages }: { page: number; pages: number }) {
  if (pages <= 1) return null;
  const linkTo = (to: number, label: string) => (
    <Button
      size="xs"
      variant="default"
      component={Link}
      to="."
      search={((all: object) => ({ ...all, page: String(to) })) as never}
      resetScroll={false}
    >
      {label}
    </Button>
  );
  return (
    <Group gap="xs" mt="sm" component="nav" aria-label="Pages of payouts">
      {page > 1 && linkTo(page - 1, 'Previous page')}
      <Text size="sm">
        Page {page} of {pages}
      </Text>
      {page < pages && linkTo(page + 1, 'Next page')}
    </Group>
  );
}

/** The service filters by status only, so all failed payouts are read. */
const OfReason = memo(function OfReason({ batchId, code, version }: Lists & { code: string }) {
  const query = useQuery({
    queryKey: ['payoutsOfReason', batchId, code, version],
    queryFn: async ({ signal }) => {
      const failed = await api.batches.payouts(batchId, { status: 'failed', limit: MOST_AT_ONCE }, { signal }).all();
      return failed.filter(({ failure }) => failure?.code === code);
    },
    staleTime: 30_000,
  });
  return <Loaded query={query}>{(payouts) => <List payouts={payouts} />}</Loaded>;
});

/** A chunk has at most 50 payouts, in the order of the request: they are in one page of 50 or in two. */
const CHUNK_SIZE = 50;

const OfChunk = memo(function OfChunk({ chunk, ...lists }: Lists & { chunk: number }) {
  const { batchId: batch_id, isEnded, version } = lists;
  const { data } = useChunks(lists);
  const before = data?.chunks
    .filter((each) => each.chunk < chunk)
    .reduce((sum, { total_count }) => sum + total_count, 0);
  const query = useQuery({
    queryKey: ['payoutsOfChunk', batch_id, chunk, before, version],
    queryFn: async ({ signal }) => {
      const first = Math.floor((before ?? 0) / CHUNK_SIZE) + 1;
      const pages = [first, first + 1].map((page) =>
        api.request('listPayouts', { params: { batch_id }, query: { page, page_size: CHUNK_SIZE } }, { signal }),
      );
      const payouts = (await Promise.all(pages)).flatMap(({ body }) => body.payouts);
      return payouts.filter(({ payout_id }) => Number(payout_id.split('.')[1]) === chunk);
    },
    enabled: before !== undefined,
    refetchInterval: isEnded ? 30_000 : 3_000,
    placeholderData: keepPreviousData,
  });
  return <Loaded query={query}>{(payouts) => <List payouts={payouts} />}</Loaded>;
});
