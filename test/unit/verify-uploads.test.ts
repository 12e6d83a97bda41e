import { expect, it } from 'vitest';
import { type Approval, contentDigest } from '../../lib/access/approval.ts';
import { BEGINNING, type Checkpoint, type Import, uploadId } from '../../lib/imports/import.ts';
import type { Batch, BatchStatus } from '../../lib/payouts/batch.ts';
import { passText, type UploadWork, uploadBatchId, workText } from '../../lib/uploads/upload.ts';
import { differencesInUpload, type UploadFacts } from '../../scripts/verify/uploads-checks.ts';
import { aBatch } from '../support/builders.ts';

const ID = uploadId('1'.repeat(32));
const need = {
  ...{ id: 'apr_1' as never, approvers: 1, lapsesAfterHours: 1, policyVersion: 1 },
  maker: { person: 'ana', keyId: 'key_a' as never, keyName: 'a' },
};
const RELEASED: UploadWork = {
  ...{ onInvalid: 'skip', duplicates: 'skip', claimsSales: false },
  ...{ phase: 'released', wanted: 'start', requests: 2, followed: true, approval: need },
};
const batch = (number: number, changes: Partial<Batch> = {}): Batch =>
  aBatch({
    ...{ id: uploadBatchId(ID, number), upload: ID, status: 'in_progress', total: 10 },
    ...{ digest: `digest ${number}`, uploadOrder: 3, ...changes },
  });

type Changes = {
  readonly status?: Import['status'];
  readonly work?: Partial<UploadWork>;
  readonly checkpoint?: Partial<Checkpoint>;
  readonly batches?: readonly Batch[];
  readonly approval?: Partial<Approval> | null;
  readonly hasFile?: boolean;
};

/** An upload of two batches that was approved, stopped and started again. */
function upload({
  status = 'COMPLETED',
  work,
  checkpoint,
  batches,
  approval = {},
  hasFile,
}: Changes = {}): UploadFacts {
  const pass = passText({ name: 'store', batches: 2, approval: need });
  const counts = { rows: 25, stored: 20, unchanged: 2, rejected: 3 };
  return {
    one: {
      ...{ id: ID, status, format: 'csv', createdAt: '2026-11-20T10:00:00.000Z', touchedAt: 0 },
      checkpoint: { ...BEGINNING, ...counts, pass, ...checkpoint },
      work: workText({ ...RELEASED, ...work }),
    },
    batches: batches ?? [batch(1), batch(2)],
    approval:
      approval === null
        ? undefined
        : ({
            ...need,
            ...{ kind: 'batch', subject: ID, status: 'approved' },
            digest: contentDigest('batch', ID, 'digest 1', 'digest 2'),
            ...approval,
          } as Approval),
    hasFile: hasFile ?? false,
  };
}

const cancellation = { reason: 'the wrong file', at: '2026-11-20T11:00:00.000Z' };
const both = (status: BatchStatus) => [batch(1, { status }), batch(2, { status })];
const held = { phase: 'held', wanted: 'start', requests: 0, followed: false } as const;
const dropped = { ...held, phase: 'dropped', followed: true } as const;

it.each<[string, Changes]>([
  ['is paid', {}],
  ['has a batch that was stopped by itself', { batches: [batch(1, { status: 'stopped' }), batch(2)] }],
  [
    'is stopped, and a batch was started by itself',
    { work: { wanted: 'stop' }, batches: [batch(1), batch(2, { status: 'stopped' })] },
  ],
  ['has ended', { batches: both('completed') }],
  [
    'is cancelled',
    {
      work: { wanted: 'cancel' },
      batches: [batch(1, { status: 'cancelling', uploadOrder: 2, cancellation }), batch(2, { status: 'cancelled' })],
    },
  ],
  [
    'is cancelled, and failures of its batches are retried',
    { work: { wanted: 'cancel' }, batches: [batch(1), batch(2, { uploadOrder: 2, cancellation })] },
  ],
  ['waits for its approval', { work: held, approval: { status: 'waiting' }, batches: both('held') }],
  ['was not approved', { work: dropped, approval: { status: 'rejected' }, batches: both('rejected') }],
  [
    'is being dropped',
    { work: { ...dropped, followed: false }, approval: { status: 'lapsed' }, batches: both('held') },
  ],
  [
    'was refused',
    {
      status: 'FAILED',
      work: { ...held, followed: true },
      batches: [...both('rejected'), batch(3, { status: 'rejected' })],
    },
  ],
  [
    'is being stored',
    { status: 'RUNNING', work: held, hasFile: true, batches: [...both('held'), batch(3, { status: 'creating' })] },
  ],
  [
    'is being checked',
    {
      ...{ status: 'RUNNING', work: held, batches: [], hasFile: true },
      checkpoint: { stored: 0, unchanged: 0, pass: passText({ name: 'check', batches: 0 }) },
    },
  ],
])('an upload that %s has no differences', (_, changes) => {
  expect(differencesInUpload(upload(changes))).toEqual([]);
});

it.each<[string, Changes, Record<string, string>]>([
  [
    'a row that is nowhere',
    { checkpoint: { rejected: 2 } },
    { rows: 'rows stored, duplicate or rejected: expected 25, found 24' },
  ],
  [
    'fewer payouts than it has stored',
    { batches: [batch(1), batch(2, { total: 9 })] },
    { rows: 'payouts in its batches: expected 20, found 19' },
  ],
  [
    'a batch that is gone',
    { status: 'RUNNING', work: held, batches: [batch(1, { status: 'held' })] },
    { batches: 'has no batch upl_' },
  ],
  [
    'a batch too many',
    {
      batches: [batch(1), batch(2), batch(3, { total: 0 })],
      approval: { digest: contentDigest('batch', ID, 'digest 1', 'digest 2', 'digest 3') },
    },
    { batches: '-0003, which names it' },
  ],
  [
    'a batch that started before the release',
    { work: held, approval: { status: 'waiting' }, batches: [batch(1, { status: 'held' }), batch(2)] },
    { unsent: '-0002 is in_progress' },
  ],
  [
    'a batch that is held though it was refused',
    { status: 'FAILED', work: { ...held, followed: true }, batches: both('held') },
    { unsent: 'is held' },
  ],
  [
    'a batch that can start though it was dropped',
    { work: dropped, approval: { status: 'rejected' }, batches: both('created') },
    { unsent: 'is created' },
  ],
  [
    'a batch that runs by an older request although it is stopped',
    { work: { wanted: 'stop' }, batches: [batch(1, { uploadOrder: 2 }), batch(2, { status: 'stopped' })] },
    { orders: 'wants stop, request 2, but the batch ' },
  ],
  [
    'a batch that never started',
    { batches: [batch(1), batch(2, { status: 'created', uploadOrder: 2 })] },
    { orders: 'wants start' },
  ],
  ['a batch that was not released', { batches: [batch(1), batch(2, { status: 'held' })] }, { orders: '-0002 is held' }],
  [
    'a batch that was not cancelled',
    { work: { wanted: 'cancel' }, batches: [batch(1, { uploadOrder: 2 }), batch(2)] },
    { orders: 'wants cancel' },
  ],
  ['no approval', { approval: null }, { approvals: 'has no approval apr_1' }],
  [
    'an approval of other content',
    { batches: [batch(1), batch(2, { digest: 'other' })] },
    { approvals: 'digest of its approval' },
  ],
  ['an approval that waits', { approval: { status: 'waiting' } }, { approvals: 'its approval is waiting' }],
  ['an approval of something else', { approval: { subject: 'b' } }, { approvals: 'subject of its approval' }],
  ['lost the approval that it needs', { work: { approval: undefined } }, { approvals: 'approval: expected apr_1' }],
  [
    'a batch with its own approval',
    { batches: [batch(1, { approval: need }), batch(2)] },
    { approvals: 'an approval of its own' },
  ],
  ['a file', { hasFile: true }, { files: 'its file is still in the bucket' }],
])('an upload that has %s is named', (_, changes, expected) => {
  const found = differencesInUpload(upload(changes));
  const byCheck = Object.fromEntries(found.map(({ check, message }) => [check, message]));
  const [[check, message] = ['', '']] = Object.entries(expected);
  expect(Object.keys(byCheck)).toEqual([check]);
  expect(byCheck[check]).toContain(message);
});
