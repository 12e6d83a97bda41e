import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually, givenADirectory } from './embedded-stack.ts';
import { aFunction, startTrigger } from './embedded-stream.ts';
import { givenScriptedStreams, type ScriptedShard } from './scripted-streams.ts';

async function givenATrigger(shards: Record<string, ScriptedShard>) {
  const script = await givenScriptedStreams(shards);
  const place = { endpoint: script.endpoint, positionsFile: join(await givenADirectory(), 'positions.db') };
  const delivered = aFunction();
  const start = () => startTrigger(place, delivered.handle);
  const untilDelivered = (count: number) =>
    eventually(
      async () => delivered.ids().length,
      (length) => length >= count,
    );
  return { script, start, untilDelivered, ids: delivered.ids };
}

describe('a stream of several shards', () => {
  it('is read to the end of a shard before its child shards', async () => {
    const { start, untilDelivered, ids } = await givenATrigger({
      child: { parent: 'root', records: ['d'] },
      twin: { parent: 'root', records: ['e'] },
      root: { parent: 'gone', records: ['a', 'b', 'c'], closed: true },
    });
    start();
    await untilDelivered(5);
    expect(ids().slice(0, 3)).toEqual(['a', 'b', 'c']);
    expect(ids().slice(3).toSorted()).toEqual(['d', 'e']);
  });

  it('continues in the child as soon as its shard is closed', async () => {
    const { script, start, untilDelivered, ids } = await givenATrigger({ root: { records: ['a'] } });
    start();
    await untilDelivered(1);
    script.shards = {
      root: { records: ['a', 'b'], closed: true },
      child: { parent: 'root', records: ['c'] },
    };
    await untilDelivered(3);
    expect(ids()).toEqual(['a', 'b', 'c']);
  });

  it('does not read a finished shard again after a restart', async () => {
    const { script, start, untilDelivered, ids } = await givenATrigger({
      root: { records: ['a'], closed: true },
      child: { parent: 'root', records: ['b'] },
    });
    const first = start();
    await untilDelivered(2);
    await first.drain();
    script.shards.child?.records.push('c');
    start();
    await untilDelivered(3);
    expect(ids()).toEqual(['a', 'b', 'c']);
  });
});

describe('a trigger that was stopped for long', () => {
  it('continues at the same record after its iterator has expired', async () => {
    const { script, start, untilDelivered, ids } = await givenATrigger({ root: { records: ['a'] } });
    const { log } = start();
    await untilDelivered(1);
    script.expireIterators();
    script.shards.root?.records.push('b');
    await untilDelivered(2);
    expect(ids()).toEqual(['a', 'b']);
    expect(log).toEqual([]);
  });

  it('continues at the oldest record when the next ones were trimmed, and logs it', async () => {
    const { script, start, untilDelivered, ids } = await givenATrigger({ root: { records: ['a'] } });
    const first = start();
    await untilDelivered(1);
    await first.drain();
    script.shards = { root: { records: ['a', 'b', 'c', 'd'], trimmed: 3 } };
    const { log } = start();
    await untilDelivered(2);
    expect(ids()).toEqual(['a', 'd']);
    expect(log).toEqual(['relay missed records of events that the stream has trimmed']);
  });

  it('reads the new stream when the old one was replaced', async () => {
    const { script, start, untilDelivered, ids } = await givenATrigger({ root: { records: ['a'] } });
    const { log } = start();
    await untilDelivered(1);
    script.label = 'second';
    script.shards = { root: { records: ['x', 'y'] } };
    await untilDelivered(3);
    expect(ids()).toEqual(['a', 'x', 'y']);
    expect(log).toEqual([expect.stringContaining('ResourceNotFoundException')]);
  });
});
