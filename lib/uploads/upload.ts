import { z } from 'zod';
import { type ApprovalNeed, type Gathered, gathered } from '../access/index.ts';
import type { Checkpoint, Import, ImportId } from '../imports/index.ts';
import { fields, json, trusted } from '../kernel/codec.ts';
import { invariant } from '../kernel/errors.ts';
import type { Principal } from '../kernel/principal.ts';
import { type BatchId, DUPLICATES, type Duplicates, ON_INVALID, type OnInvalid } from '../payouts/index.ts';

/*
 * An upload is an import of payouts. Its file is read twice: the first pass checks all rows, the second one stores them as
 * batches that are held. Then it releases its batches, once it is approved.
 */

export const MAX_ROWS = 1_000_000;
export const MAX_BYTES = 1_000_000_000;

/**
 * - `held`: its batches are held, while it is stored or waits for approval.
 * - `released`: its batches can start.
 * - `dropped`: an end; it failed, was rejected or was cancelled before its release. Nothing of it was or will be sent.
 */
export const PHASES = ['held', 'released', 'dropped'] as const;

/** What was last asked for, for all batches. */
export const WANTED = ['none', 'start', 'stop', 'cancel'] as const;

export type UploadWork = {
  /** Who made it: limits count for this key, and this person cannot approve it. */
  readonly principal?: Principal | undefined;
  readonly onInvalid: OnInvalid;
  readonly duplicates: Duplicates;
  /** Whether each sale is claimed. */
  readonly claimsSales: boolean;
  readonly phase: (typeof PHASES)[number];
  readonly wanted: (typeof WANTED)[number];
  /** Of the request to cancel. */
  readonly reason?: string | undefined;
  /** Counts requests to start, to stop and to cancel. */
  readonly requests: number;
  /** Whether all batches have followed `phase` and `wanted`. */
  readonly followed: boolean;
  readonly approval?: ApprovalNeed | undefined;
  /** What was asked for last: the key of a report of all payouts, and whether it is written. */
  readonly report?: { readonly key: string; readonly ready: boolean } | undefined;
};

const work = json(
  fields<UploadWork>({
    principal: trusted<Principal>().optional(),
    onInvalid: z.enum(ON_INVALID),
    duplicates: z.enum(DUPLICATES),
    claimsSales: z.boolean(),
    phase: z.enum(PHASES),
    wanted: z.enum(WANTED),
    reason: z.string().optional(),
    requests: z.int(),
    followed: z.boolean(),
    approval: trusted<ApprovalNeed>().optional(),
    report: trusted<{ key: string; ready: boolean }>().optional(),
  }),
);

/** How far a pass has come. */
export type UploadPass = {
  readonly name: 'check' | 'store';
  /** How many batches are stored. */
  readonly batches: number;
  /** Of all rows, by the first pass. */
  readonly gathered?: Gathered | undefined;
  readonly approval?: ApprovalNeed | undefined;
};

const FIRST_PASS: UploadPass = { name: 'check', batches: 0 };

const pass = json(
  fields<UploadPass>({
    name: z.enum(['check', 'store']),
    batches: z.int(),
    gathered: gathered.optional(),
    approval: trusted<ApprovalNeed>().optional(),
  }),
);

export const workText = (value: UploadWork) => z.encode(work, value);
export const passText = (value: UploadPass) => z.encode(pass, value);

export function workOf({ id, work: stored }: Import): UploadWork {
  invariant(stored, `${id} is an upload`);
  return z.decode(work, stored);
}

export const passOf = (checkpoint: Checkpoint): UploadPass =>
  checkpoint.pass === undefined ? FIRST_PASS : z.decode(pass, checkpoint.pass);

/** @param number counts from 1 */
export const uploadBatchId = (id: ImportId, number: number) => `${id}-${String(number).padStart(4, '0')}` as BatchId;

/** The batches that are stored. `andNext`: also the one that may be stored in part. */
export function batchIdsOf({ id, checkpoint }: Import, { andNext = false } = {}): BatchId[] {
  const { name, batches } = passOf(checkpoint);
  const length = batches + (andNext && name === 'store' ? 1 : 0);
  return Array.from({ length }, (_, index) => uploadBatchId(id, index + 1));
}
