import { describe, expect, it } from 'vitest';
import { type Batch, SluiceConnectionError, SluiceTimeoutError } from '../../client/index.ts';
import { clientOf } from '../support/client.ts';
import { errorReply, type Reply } from '../support/http-server.ts';

const page = (ids: readonly string[], next_cursor: string | null): Reply => ({
  status: 200,
  body: { batches: ids.map((batch_id) => ({ batch_id })), next_cursor },
});
const THREE = [page(['a', 'b'], 'c1'), page([], 'c2'), page(['c'], null)];

describe('a list', () => {
  it('yields the items of all pages in order, also after an empty page', async () => {
    const { server, sluice } = await clientOf(THREE);
    const ids: string[] = [];
    for await (const { batch_id } of sluice.batches.list({ limit: 2 })) ids.push(batch_id);
    expect(ids).toEqual(['a', 'b', 'c']);
    expect(server.received.map(({ url }) => url)).toEqual([
      '/batches?limit=2',
      '/batches?limit=2&cursor=c1',
      '/batches?limit=2&cursor=c2',
    ]);
  });

  it('reads a page only when it is asked for', async () => {
    const { server, sluice } = await clientOf(THREE);
    for await (const { batch_id } of sluice.batches.list()) if (batch_id === 'b') break;
    expect(server.received).toHaveLength(1);
  });

  it('has whole pages and can be read twice', async () => {
    const { sluice } = await clientOf([...THREE, ...THREE]);
    const list = sluice.batches.list();
    const sizes: number[] = [];
    for await (const { batches } of list.pages()) sizes.push(batches.length);
    expect(sizes).toEqual([2, 0, 1]);
    expect((await list.all()).map(({ batch_id }) => batch_id)).toEqual(['a', 'b', 'c']);
  });

  it('begins at the cursor of the caller', async () => {
    const { server, sluice } = await clientOf([page(['c'], null)]);
    await sluice.batches.list({ cursor: 'c2' }).all();
    expect(server.received[0]?.url).toBe('/batches?cursor=c2');
  });

  it('repeats a page that failed, without losing or repeating items', async () => {
    const [first, second, third] = THREE as [Reply, Reply, Reply];
    const failure = errorReply(503, 'UNAVAILABLE', { 'retry-after': '0' });
    const { sluice } = await clientOf([first, failure, second, 'drop', third]);
    expect((await sluice.batches.list().all()).map(({ batch_id }) => batch_id)).toEqual(['a', 'b', 'c']);
  });
});

describe('waiting for a batch', () => {
  const is = (status: string, etag: string): Reply => ({
    status: 200,
    headers: { etag },
    body: { batch_id: 'b', status },
  });
  const UNCHANGED: Reply = { status: 304 };

  it('asks whether it has changed, and reports each change once', async () => {
    const { server, sluice } = await clientOf([
      is('created', '"1"'),
      UNCHANGED,
      is('in_progress', '"2"'),
      UNCHANGED,
      is('partially_completed', '"3"'),
    ]);
    const seen: Batch['status'][] = [];
    const batch = await sluice.batches.waitFor('b', { pollMs: 1, onProgress: ({ status }) => seen.push(status) });
    expect(batch.status).toBe('partially_completed');
    expect(seen).toEqual(['created', 'in_progress', 'partially_completed']);
    expect(server.received.map(({ headers }) => headers['if-none-match'])).toEqual([
      undefined,
      '"1"',
      '"1"',
      '"2"',
      '"2"',
    ]);
  });

  it('ends after its time, with what it read last', async () => {
    const { sluice } = await clientOf([is('in_progress', '"1"'), UNCHANGED]);
    const thrown = await sluice.batches.waitFor('b', { timeoutMs: 50, pollMs: 10 }).catch((reason) => reason);
    expect(thrown).toBeInstanceOf(SluiceTimeoutError);
    expect(thrown.last).toMatchObject({ status: 'in_progress' });
  });

  it('ends although a read hangs', async () => {
    const { sluice } = await clientOf([is('in_progress', '"1"'), 'hang'], { attemptTimeoutMs: 100, attempts: 2 });
    const thrown = await sluice.batches.waitFor('b', { timeoutMs: 50, pollMs: 10 }).catch((reason) => reason);
    expect(thrown).toBeInstanceOf(SluiceTimeoutError);
    expect(thrown.message).toMatch(/has not ended within 50 ms\. .* did not answer in time\.$/);
    expect(thrown.last).toMatchObject({ status: 'in_progress' });
    expect(thrown.cause).toBeInstanceOf(SluiceConnectionError);
  });

  it('ends when the caller aborts it', async () => {
    const { sluice } = await clientOf([is('in_progress', '"1"'), UNCHANGED]);
    const waiting = sluice.batches.waitFor('b', { signal: AbortSignal.timeout(50) });
    await expect(waiting).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('ends with the error of a batch that does not exist', async () => {
    const { sluice } = await clientOf([errorReply(404, 'NOT_FOUND')]);
    await expect(sluice.batches.waitFor('b')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

it('waiting for a withdrawal reads it out of its answers', async () => {
  const withdrawal = { withdrawal_id: 'w', status: 'COMPLETED' };
  const { sluice } = await clientOf([{ status: 200, body: { withdrawal } }]);
  expect(await sluice.withdrawals.waitFor('w')).toEqual(withdrawal);
});
