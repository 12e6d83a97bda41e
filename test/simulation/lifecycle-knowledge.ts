import { invocation } from './lambda.ts';
import type { AskedUpload } from './lifecycle-files.ts';
import type { AskedBatch } from './lifecycle-requests.ts';
import { Signal } from './signal.ts';
import type { SimulatedWorld } from './world.ts';

/** What clients have asked for and seen of one batch. */
export type Known = {
  readonly asked: AskedBatch;
  outcome: 'unknown' | 'created' | 'refused';
  /** Nothing arrives before this moment. */
  notBefore: number;
  /** When its cancellation was answered. */
  cancelledAt: number;
  /** Someone has started, retried or cancelled it. */
  isTouched: boolean;
};

/** What clients have asked for and seen of one upload. */
export type KnownUpload = {
  readonly id: string;
  readonly asked: AskedUpload;
  /** False until another person approves it, if that is needed. */
  mayBeSent: boolean;
  /** Seen refused or rejected: nothing of it was or will be sent. */
  isDropped: boolean;
  /** Seen stopped, and not started since. */
  isStopped: boolean;
  /** How many requests to start it were sent, and how many of them got no answer: these may still arrive. */
  starts: number;
  openStarts: number;
  /** The last file was stored, and S3 has notified. */
  isNotified: boolean;
  /** As stored, right after each write. */
  stored: { readonly status?: string; readonly phase?: string; readonly wanted?: string };
  /** Each write of it. */
  readonly changes: Signal;
};

/** All that clients of a seed know. */
export class Knowledge {
  readonly batches = new Map<string, Known>();
  readonly uploads = new Map<string, KnownUpload>();
  /** When the cancellation of a payout was answered, and whether it was over by then. */
  readonly cancelled = new Map<string, { readonly at: number; readonly isOver: boolean }>();
  /** Whose money the rail has given back, and was heard. */
  readonly returned = new Set<string>();
  /** Of which the rail has given a part back. */
  readonly returnedInPart = new Set<string>();
  /** Whether large batches need an approval. */
  needsApprovals = false;
  /** When the cancellation of a payout, or of a batch that was not retried since, was stored. */
  readonly cancelStored = new Map<string, number>();
  /** Times to start, as stored. */
  readonly startTimes = new Map<string, number>();
  /** The number of the last order of its upload that each batch has followed. */
  readonly orders = new Map<string, number>();
  readonly recoveryBegins = new Signal();
  /** Counts changes by other requests than those of a batch. */
  #changes = 0;
  readonly #own = new Map<string, number>();

  add(asked: AskedBatch): Known {
    const { batch_id, start_at } = asked.body;
    const notBefore = start_at === undefined ? 0 : Date.parse(start_at);
    const known: Known = {
      ...{ asked, outcome: 'unknown', notBefore, cancelledAt: Number.POSITIVE_INFINITY, isTouched: false },
    };
    this.batches.set(batch_id, known);
    return known;
  }

  addUpload(id: string, asked: AskedUpload, mayBeSent: boolean): KnownUpload {
    const seen = { isDropped: false, isStopped: false, starts: 0, openStarts: 0, isNotified: false };
    const known: KnownUpload = { id, asked, mayBeSent, ...seen, stored: {}, changes: new Signal() };
    this.uploads.set(id, known);
    return known;
  }

  /** The upload that a batch is a part of. */
  uploadOf(batchId: string): KnownUpload | undefined {
    return this.uploads.get(batchId.slice(0, batchId.lastIndexOf('-')));
  }

  /** How many changes there were by others than the requests to create this batch. */
  changesByOthers(batchId: string): number {
    return this.#changes - (this.#own.get(batchId) ?? 0);
  }

  noteChange(): void {
    this.#changes += 1;
    const { body } = (invocation()?.event ?? {}) as { body?: string };
    const [, own] = /"batch_id":"([^"]+)"/.exec(body?.slice(0, 100) ?? '') ?? [];
    if (own !== undefined) this.#own.set(own, (this.#own.get(own) ?? 0) + 1);
  }
}

const known = new WeakMap<SimulatedWorld, Knowledge>();

export function knowledgeOf(world: SimulatedWorld): Knowledge {
  const knowledge = known.get(world) ?? new Knowledge();
  known.set(world, knowledge);
  return knowledge;
}
