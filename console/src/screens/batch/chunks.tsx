import { Text } from '@mantine/core';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { type CSSProperties, type KeyboardEvent, type MouseEvent, memo, useRef } from 'react';
import type { Chunk } from '../../../../client/index.ts';
import { useResource } from '../../api.ts';
import { formatCount } from '../../format.ts';
import { Fact, Facts } from '../../parts/facts.tsx';
import { Loaded, Panel } from '../../parts/page.tsx';
import { nameOf, toneOf } from '../../parts/status.tsx';
import { StatusBar } from '../../parts/status-bar.tsx';
import { Ago, Time } from '../../parts/time.tsx';
import type { Lists } from './lists.ts';

const route = getRouteApi('/batches/$batchId');

/** The status that needs attention most comes first: it gives the chunk its colour. */
const BY_ATTENTION = [
  'unknown',
  'retrying',
  'processing',
  'pending',
  'failed',
  'returned',
  'cancelled',
  'completed',
] as const;

const statusOf = ({ counts }: Chunk) => BY_ATTENTION.find((status) => counts[status] > 0) ?? 'pending';

function textOf(chunk: Chunk): string {
  const counts = BY_ATTENTION.filter((status) => chunk.counts[status] > 0);
  const held = chunk.lease ? ', held by a worker' : '';
  const dead = chunk.dead_lettered ? ', in the dead-letter queue' : '';
  return `Chunk ${chunk.chunk}: ${counts.map((status) => `${chunk.counts[status]} ${nameOf(status)}`).join(', ')}${held}${dead}`;
}

export const useChunks = ({ batchId, isEnded, version }: Lists) =>
  useResource(
    'listChunks',
    { params: { batch_id: batchId } },
    { every: isEnded ? 60_000 : 2_000, version, keepLast: true },
  );

/** The chunks as a map: a worker takes one at a time, and holds it with a lease. */
export const Chunks = memo(function Chunks(lists: Lists) {
  const query = useChunks(lists);
  return (
    <Panel
      title="Chunks"
      aside={
        query.data && (
          <Text size="sm">
            {formatCount(query.data.chunks.filter(({ lease }) => lease).length)} of{' '}
            {formatCount(query.data.chunks.length)} held by a worker
          </Text>
        )
      }
    >
      <Loaded query={query}>{({ chunks }) => <ChunkMap batchId={lists.batchId} chunks={chunks} />}</Loaded>
    </Panel>
  );
});

/** How far an arrow key moves in a grid of so many columns. */
const stepOf = (key: string, columns: number): number =>
  ({ ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -Infinity, End: Infinity })[key] ?? 0;

function ChunkMap({ batchId, chunks }: { batchId: string; chunks: readonly Chunk[] }) {
  const { chunk: selected } = route.useSearch();
  const navigate = useNavigate();
  const map = useRef<HTMLDivElement>(null);
  const current = chunks.findIndex(({ chunk }) => String(chunk) === selected);
  const select = (index: number) => {
    const chunk = chunks[Math.min(Math.max(index, 0), chunks.length - 1)];
    if (!chunk) return;
    navigate({
      to: '/batches/$batchId',
      params: { batchId },
      search: { chunk: String(chunk.chunk) },
      replace: true,
      resetScroll: false,
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const columns = map.current ? getComputedStyle(map.current).gridTemplateColumns.split(' ').length : 1;
    const step = stepOf(event.key, columns);
    if (step === 0) return;
    event.preventDefault();
    select(current < 0 ? 0 : current + step);
  };
  const onClick = ({ target }: MouseEvent) => {
    const id = (target as Element).id;
    if (id !== '') select(chunks.findIndex(({ chunk }) => idOf(chunk) === id));
  };
  const shown = chunks[current];
  return (
    <>
      <div
        ref={map}
        className="chunks"
        role="listbox"
        aria-label="Chunks; arrow keys select one"
        aria-activedescendant={shown && idOf(shown.chunk)}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onClick={onClick}
      >
        {chunks.map((chunk, index) => (
          <Cell key={chunk.chunk} chunk={chunk} isSelected={index === current} />
        ))}
      </div>
      {shown && <Details chunk={shown} />}
    </>
  );
}

const idOf = (chunk: number) => `chunk-${chunk}`;

/** A batch has up to 300: only those that have changed are rendered again. */
const Cell = memo(function Cell({ chunk, isSelected }: { chunk: Chunk; isSelected: boolean }) {
  const text = textOf(chunk);
  return (
    <span
      id={idOf(chunk.chunk)}
      role="option"
      tabIndex={-1}
      aria-selected={isSelected}
      aria-label={text}
      title={text}
      data-held={chunk.lease !== null}
      data-dead={chunk.dead_lettered}
      style={{ '--tone': toneOf(statusOf(chunk)) } as CSSProperties}
    />
  );
});

function Details({ chunk }: { chunk: Chunk }) {
  return (
    <div style={{ marginTop: '1rem' }}>
      <Text fw={600}>{textOf(chunk)}</Text>
      <StatusBar counts={chunk.counts} total={chunk.total_count} isSmall />
      <Facts>
        <Fact name="Held by">
          {chunk.lease ? (
            <>
              <span className="id">{chunk.lease.owner}</span>, until <Time at={chunk.lease.until} /> (
              <Ago at={chunk.lease.until} />)
            </>
          ) : (
            'no worker'
          )}
        </Fact>
        <Fact name="Due">{chunk.due_at ? <Ago at={chunk.due_at} /> : 'now'}</Fact>
        <Fact name="Rounds of work">{chunk.rounds}</Fact>
      </Facts>
    </div>
  );
}
