import { counted, type Explanation, type PossibleAction, permitted, postOf } from '../kernel/explanation.ts';
import type { Job } from './job.ts';
import type { JobWithProgress } from './read-jobs.ts';

/** Why a job has its status, and what happens next. Pure: no time passes in it that decides. */
export function explainJob({ job, total, progress }: JobWithProgress): Explanation {
  const { id, status, from, to } = job;
  const days = from === to ? `of ${from}` : `from ${from} to ${to}`;
  const done = `${progress.chunks} of ${counted(total, 'chunk')} with ${counted(progress.transactions, 'transaction')}`;
  return {
    kind: 'job',
    id,
    status,
    why: [
      `It settles all merchants ${days}.`,
      ...statusText(job),
      ...(status === 'QUEUED' ? [] : [`Settled: ${done}.`]),
    ],
    references: [],
    calls: [],
    calls_omitted: 0,
    lease: null,
    next: nextOf(job, progress.chunks === total),
    actions: actionsOn(job),
  };
}

function statusText({ status, createdAt, startedAt, finishedAt, failure, cancellation, outcome }: Job): string[] {
  switch (status) {
    case 'QUEUED':
      return [`It is stored since ${createdAt}, and its state machine has not started it.`];
    case 'RUNNING':
      return [`Its state machine works since ${startedAt ?? createdAt}.`];
    case 'CANCELLING':
      return [
        'It was cancelled: its state machine reads no further page, and removes the files.',
        ...cancelledText(cancellation),
      ];
    case 'CANCELLED':
      return [`It was cancelled${timeOf(finishedAt)}. It has no file.`, ...cancelledText(cancellation)];
    case 'FAILED':
      return [
        `It failed${timeOf(finishedAt)}, and has no file${failure ? `: ${failure.code}. ${failure.message}` : '.'}`,
      ];
    case 'COMPLETED':
      return [
        `Its file is complete${timeOf(finishedAt)}${outcome ? `, with ${counted(outcome.rows, 'settlement')}` : ''}.`,
      ];
  }
}

const cancelledText = (cancellation: Job['cancellation']) =>
  cancellation ? [`Its cancellation was asked for at ${cancellation.at}${quoted(cancellation.reason)}.`] : [];
const quoted = (reason: string | undefined) => (reason === undefined ? '' : `: "${reason}"`);

const timeOf = (at: string | undefined) => (at ? ` at ${at}` : '');

function nextOf({ status }: Job, areAllSettled: boolean): Explanation['next'] {
  switch (status) {
    case 'QUEUED':
      return {
        at: null,
        sentence: 'Its state machine starts it. If that was lost, recovery starts it within a minute.',
      };
    case 'RUNNING':
      return {
        at: null,
        sentence: areAllSettled
          ? 'The file is put together.'
          : 'The rest of the chunks is settled, then the file is put together.',
      };
    case 'CANCELLING':
      return { at: null, sentence: 'It is cancelled when its files are removed.' };
    case 'CANCELLED':
    case 'FAILED':
    case 'COMPLETED':
      return null;
  }
}

function actionsOn({ id, status }: Job): PossibleAction[] {
  const scope = 'settlement:write';
  return permitted([
    (status === 'QUEUED' || status === 'RUNNING') &&
      postOf('cancelJob', `/jobs/${id}/cancel`, scope, 'Cancel it. Its files are removed.'),
    status === 'COMPLETED' && {
      ...{ action: 'download', method: 'GET', path: `/downloads/${id}.csv`, scope: 'settlement:read' },
      sentence: 'Download its file.',
    },
    (status === 'FAILED' || status === 'CANCELLED') &&
      postOf('createJob', '/jobs/settlement', scope, 'Settle the same days again, with a new job.'),
  ]);
}
