import { invariant } from '../kernel/errors.ts';
import { type Batch, isScheduled, secondsLate } from './batch.ts';
import type { BatchStore, Written } from './batch-store.ts';
import { type BatchHeaders, ended, NOT_RECOVERED, recovered } from './dynamo-batch-header.ts';
import { cancellationItem, finalCountsItem, reservationItem, scheduleIndex } from './dynamo-batch-items.ts';

/** No payout was cancelled since `cancels` was read. */
const notCancelledSince = (cancels: number) => ({
  when: '(attribute_not_exists(cancels) OR cancels = :cancels)',
  values: { ':cancels': cancels },
});
const inRun = (run: number) => ({ when: '#run = :current', values: { ':current': run } });

/** Of an order of the upload: a batch follows it once, and not after a later one. */
const following = (order: number | undefined) =>
  order === undefined
    ? { set: {}, when: '' }
    : {
        set: { upload_order: order },
        when: ' AND (attribute_not_exists(#upload_order) OR #upload_order < :upload_order)',
      };

/** What happens to a batch from its start to its end. */
export function batchRuns({ update, move, moveWith }: BatchHeaders) {
  return {
    reschedule: ({ id, reschedules }, startAt, event) =>
      update(
        id,
        '#status = :scheduled AND #reschedules = :before',
        {
          set: { start_at: startAt, ...scheduleIndex({ id, startAt }) },
          add: { reschedules: 1 },
          values: { ':scheduled': 'scheduled', ':before': reschedules },
        },
        { events: [event] },
      ),

    async markFollowed({ id, status, run }, order) {
      const { set, when } = following(order);
      const values = { ':status': status, ':run': run };
      return (await update(id, `#status = :status AND #run = :run${when}`, { set, values })).done;
    },

    start(before, now, event, order) {
      const { id, status, run } = before;
      const followed = following(order);
      const started = { dispatched_at: now, started_at: new Date(now).toISOString() };
      const set = { ...recovered(id), ...started, ...followed.set };
      const current = inRun(run);
      const when = { from: [status], add: { run: 1 }, ...current, when: `${current.when}${followed.when}` };
      if (!isScheduled(before)) return move(id, 'in_progress', { ...when, set }, { events: [event] });
      return move(
        id,
        'in_progress',
        {
          ...when,
          when: `${when.when} AND #start_at = :due`,
          values: { ...when.values, ':due': before.startAt },
          set: { ...set, started_late_seconds: secondsLate(before, now) },
        },
        { events: [event] },
      );
    },

    beginReopening({ id, status, run }, now, { event, codes, reserving }) {
      const reserved = reserving && { ...reserving.demand.reservation, paidBefore: reserving.paid };
      const change = {
        set: {
          ...recovered(id),
          dispatched_at: now,
          reopening: true,
          reopening_codes: codes,
          ...(reserved ? reservationItem({ reservation: reserved }) : {}),
        },
        add: { run: 1 },
        remove: ['finished_at', 'final_counts'],
        ...inRun(run),
      };
      return move(
        id,
        'in_progress',
        { from: [status], ...change },
        { events: [event], ...(reserving ? { demand: reserving.demand } : {}) },
      );
    },

    async endReopening(id, run, reopened) {
      const after = await update(id, '#run = :run', {
        remove: ['reopening', 'reopening_codes'],
        ...(reopened.length === 0 ? {} : { deleteFromSet: { chunks_done: new Set(reopened) } }),
        values: { ':run': run },
      });
      return existing(after);
    },

    stop({ id, run }, event, order) {
      const { set, when } = following(order);
      const current = inRun(run);
      const change = { from: ['in_progress'] as const, set, ...current, when: `${current.when}${when}` };
      return move(id, 'stopping', change, { events: [event] });
    },

    markStopped({ id, run, cancels }, event) {
      const same = notCancelledSince(cancels);
      const change = {
        from: ['stopping'] as const,
        when: `#run = :current AND ${same.when}`,
        values: { ':current': run, ...same.values },
        remove: cancels === 0 ? NOT_RECOVERED : [],
      };
      return move(id, 'stopped', change, { events: [event] });
    },

    async markCancelsEnded({ id, cancels }) {
      const same = notCancelledSince(cancels);
      await update(id, `#status = :stopped AND ${same.when}`, {
        remove: NOT_RECOVERED,
        values: { ':stopped': 'stopped', ...same.values },
      });
    },

    cancel: ({ id, status, run, reopening }, { cancellation, now, event, approval }) =>
      moveWith({ approval, events: [event] }, id, 'cancelling', {
        from: [status],
        set: { ...recovered(id), dispatched_at: now, ...cancellationItem({ cancellation }) },
        add: { run: 1 },
        ...inRun(run),
        when: `#run = :current AND ${reopening ? 'attribute_exists' : 'attribute_not_exists'}(reopening)`,
      }),

    finish({ id, run, status: from, finalCounts }, status, now, event, released) {
      const change = {
        set: { ...ended(now, released), ...finalCountsItem({ finalCounts }) },
        remove: NOT_RECOVERED,
        values: { ':run': run },
      };
      const when = '#run = :run AND attribute_not_exists(reopening)';
      return move(id, status, { from: [from], ...change, when }, { events: [event], back: released?.back });
    },

    async markChunkDone(id, chunk) {
      return existing(await update(id, 'attribute_exists(pk)', { add: { chunks_done: new Set([chunk]) } }));
    },
  } satisfies Partial<BatchStore>;
}

/** The current batch, whether or not the condition held. */
function existing(written: Written<Batch>): Batch {
  const batch = written.done ? written.item : written.found;
  invariant(batch, 'a batch is never deleted');
  return batch;
}
